# A Postfix of a test's own, in a mount namespace of its own, with users of its own: read by `. postfix.bash` once $folder and $clients are said; needs root for that. It delivers mail for example.org to $folder/box/Maildir, and is killed with
# what ${processes[@]} names.
libraries=$clients/usr/lib/postfix:$clients/usr/lib/$(uname -m)-linux-gnu:$clients/usr/lib
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
has_postfix() { [ -x "$clients/usr/lib/postfix/sbin/master" ] && [ "$(id -u)" -eq 0 ] && unshare -m true 2>/dev/null; }
run_postfix() {  # port; further lines of main.cf come on standard input
  cp /etc/passwd passwd
  cp /etc/group group
  echo 'postfix:x:64999:64999::/nonexistent:/usr/sbin/nologin' >>passwd
  printf 'postfix:x:64999:\npostdrop:x:64998:\n' >>group
  mkdir -p conf data_postfix box/Maildir/{new,cur,tmp} queue/{active,bounce,corrupt,defer,deferred,flush,hold,incoming,maildrop,pid,private,public,saved,trace}
  chown -R 64999 data_postfix box queue
  chown 0 queue queue/pid
  cat >conf/main.cf <<END
compatibility_level = 3.6
myhostname = mx.example.org
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
queue_directory = $folder/queue
data_directory = $folder/data_postfix
daemon_directory = $clients/usr/lib/postfix/sbin
command_directory = $clients/usr/sbin
shlib_directory = $clients/usr/lib/postfix
meta_directory = $clients/etc/postfix
mail_owner = postfix
setgid_group = postdrop
import_environment = MAIL_CONFIG TZ LANG=C LD_LIBRARY_PATH=$libraries
maillog_file = $folder/maillog
maillog_file_prefixes = $folder
virtual_mailbox_domains = example.org
virtual_mailbox_base = $folder/box
virtual_mailbox_maps = static:Maildir/
virtual_uid_maps = static:64999
virtual_gid_maps = static:64999
virtual_minimum_uid = 1
virtual_mailbox_limit = 0
alias_maps =
alias_database =
$(cat)
END
  cat >conf/master.cf <<END
127.0.0.1:$1 inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
END
  export folder clients libraries
  # shellcheck disable=SC2016
  unshare -m bash -c 'mount --bind "$folder/passwd" /etc/passwd && mount --bind "$folder/group" /etc/group &&
    exec env MAIL_CONFIG="$folder/conf" LD_LIBRARY_PATH="$libraries" "$clients/usr/lib/postfix/sbin/master" -c "$folder/conf" -d' >postfix.log 2>&1 &
  processes+=($!)
  for _ in $(seq 100); do grep -q 'daemon started' maillog 2>/dev/null && return; sleep 0.1; done
  cat postfix.log maillog 2>/dev/null; return 1
}
