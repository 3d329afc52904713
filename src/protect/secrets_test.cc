#include "protect/secrets.h"

#include <gtest/gtest.h>

#include <cctype>
#include <iterator>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "protect/secret_scan.h"

namespace tocsin::protect {
namespace {

/// What is found, with blanks that no row has between: "a ¦ b"; URL credentials in <>.
std::string found_in(std::string_view text) {
  std::vector<Finding> found;
  find_secrets(text, found);
  std::string all;
  for (const Finding& finding : found) {
    const std::string chars(text.substr(finding.from, finding.to - finding.from));
    if (!all.empty()) all += " ¦ ";
    all += finding.kind == Kind::kUrlCredential ? "<" + chars + ">" : chars;
  }
  return all;
}

std::string repeated(std::string_view part, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += part;
  return all;
}

struct Row {
  std::string text, secret;
};

void expect_rows(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    EXPECT_EQ(found_in(row.text), row.secret) << row.text;
    EXPECT_EQ(found_in("Mar  3 10:00:01 web-1 app[7]: " + row.text), row.secret) << row.text;
    EXPECT_EQ(found_in(row.text + "\nnext line"), row.secret) << row.text;
  }
}

void expect_none(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    EXPECT_EQ(found_in(text), "") << text;
    EXPECT_EQ(found_in("Mar  3 10:00:01 web-1 app[7]: " + text + "\nnext line"), "") << text;
  }
}

const std::string kFakeToken = "Ab3dEf6hIj9kLm2nOp5q";                                         // 20
const std::string kFake40 = kFakeToken + "Rs8tUv1wXy4zAb7cDe0f";                               // 40
const std::string kFakeHex32 = "0123456789abcdef0fedcba987654321";
const std::string kFakeJwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJub2JvZHkifQ.c2lnbmF0dXJlLW9mLW5vYm9keQ";

TEST(Secrets, ValuesOfKeysInEveryNotation) {
  expect_rows({
      {"password=hunter2", "hunter2"},
      {"password = hunter2", "hunter2"},
      {"password: hunter2", "hunter2"},
      {"Password     : hunter2", "hunter2"},
      {"password:\t\thunter2", "hunter2"},
      {R"(Password:\t\thunter2\r\nDomain: x)", "hunter2"},
      {R"({"user":"bob","password":"hunter2","x":1})", "hunter2"},
      {R"({"password": "with \"quotes\" inside"})", R"(with \"quotes\" inside)"},
      {R"({"password":"ends with backslash\\"})", R"(ends with backslash\\)"},
      {R"({"body":"{\"user\":\"bob\",\"password\":\"hunter2\"}"})", "hunter2"},
      {R"({"a":"{\"b\":\"{\\\"password\\\":\\\"hunter2\\\"}\"}"})", "hunter2"},
      {R"({"password":12345678})", "12345678"},
      {R"({"password":["hunter2"]})", "hunter2"},
      {"{'password': 'hunter2'}", "hunter2"},
      {R"(:password=>"hunter2")", "hunter2"},
      {R"("password"=>"hunter2")", "hunter2"},
      {R"($cfg['db_password'] = 'hunter2';)", "hunter2"},
      {"<password>hunter2</password>", "hunter2"},
      {"<ns:password>hunter2</ns:password>", "hunter2"},
      {"&lt;password&gt;hunter2&lt;/password&gt;", "hunter2"},
      {R"(<Data Name="Password">hunter2</Data>)", "hunter2"},
      {R"(<add key="password" value="hunter2"/>)", "hunter2"},
      {R"({"name":"password","value":"hunter2"})", "hunter2"},
      {R"(name=\"DbPassword\"; value=\"hunter2\"\r\n)", "hunter2"},
      {"PASSWORD=hunter2 ./run", "hunter2"},
      {"PGPASSWORD=hunter2 psql", "hunter2"},
      {"MYSQL_PWD=hunter2", "hunter2"},
      {"pwd=hunter2", "hunter2"},
      {"passwd: hunter2", "hunter2"},
      {"passphrase='correct horse battery'", "correct horse battery"},
      {"db_password=hunter2", "hunter2"},
      {"dbPassword=hunter2", "hunter2"},
      {"DBPassword=hunter2", "hunter2"},
      {"password2=hunter2", "hunter2"},
      {"spring.datasource.password=hunter2", "hunter2"},
      {"Server=s;User Id=sa;Password=hun;ter2;", "hun"},
      {"Server=s;Uid=sa;Pwd=hunter2;Encrypt=yes", "hunter2"},
      {"GET /login?user=bob&password=hunter2&x=1 HTTP/1.1", "hunter2"},
      {R"(GET /login?user=bob\u0026password=hunter2\u0026x=1)", "hunter2"},
      {"next=%2Flogin%3Fu%3Db%26password%3Dhunter2", "hunter2"},
      {"login failed (given password: hunter2)", "hunter2"},
      {"password=p(a)s,s{w}!rd next", "p(a)s,s{w}!rd"},
      {"user=bob,password=hunter2,host=x", "hunter2"},
  });
}

TEST(Secrets, ValuesOfKeysOfOtherNames) {
  expect_rows({
      {"passwort: geheim!1", "geheim!1"},
      {"Kennwort=geheim", "geheim"},
      {"mot de passe : s3same-ouvre", "s3same-ouvre"},
      {"mot_de_passe=sesame", "sesame"},
      {"contraseña: sesamo1", "sesamo1"},
      {"contrasena=sesamo", "sesamo"},
      {R"("clave":"abrete")", "abrete"},
      {"secret=hunter2", "hunter2"},
      {R"("client_secret":"not-so-secret")", "not-so-secret"},
      {"api_key=" + kFakeToken, kFakeToken},
      {"apikey: " + kFakeToken, kFakeToken},
      {R"("api-key":")" + kFakeToken + "\"", kFakeToken},
      {"X-Api-Key: " + kFakeToken, kFakeToken},
      {"x-auth-token: " + kFakeToken, kFakeToken},
      {"accessKey=" + kFakeToken, kFakeToken},
      {"SECRET_KEY='" + kFakeToken + "'", kFakeToken},
      {R"("privateKey":")" + kFakeToken + "\"", kFakeToken},
      {"auth_token=" + kFakeToken, kFakeToken},
      {R"("access_token":")" + kFakeToken + R"(","expires_in":3600,"token_type":"Bearer")", kFakeToken},
      {R"("refreshToken":")" + kFakeToken + "\"", kFakeToken},
      {"id_token=" + kFakeToken, kFakeToken},
      {R"("client_token":")" + kFakeToken + "\"", kFakeToken},
      {"GET /x?token=a1b2c3d4e5&page=2", "a1b2c3d4e5"},
      {"PHPSESSID=a1b2c3d4e5f6a7b8c9d0", "a1b2c3d4e5f6a7b8c9d0"},
      {"/shop;jsessionid=0123456789ABCDEF0123?x=1", "0123456789ABCDEF0123"},
      {"AccountName=a;AccountKey=" + repeated(kFake40, 2) + "abcdef==;EndpointSuffix=x", repeated(kFake40, 2) + "abcdef=="},
      {"Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccessKey=" + kFake40 + "=", kFake40 + "="},
      {"https://a.blob.example/c?sv=2020&sig=" + kFake40 + "%3D&se=1", kFake40 + "%3D"},
      {"aws_secret_access_key = " + kFake40, kFake40},
      {R"("SecretAccessKey": ")" + kFake40 + "\"", kFake40},
  });
}

TEST(Secrets, ValuesThatAreNone) {
  expect_none({
      "password=", "password=\"\"", R"("password":"")", R"("password":null)", R"("password":true,"x":1)", "password: none", "password=***", "password=xxxxx", "password=[REDACTED]",
      "password=<redacted>", "password: (hidden)", "password=${DB_PASSWORD}", "password=%s", "password={{ vault_password }}", "password=$PASSWORD", "password=%PASSWORD%", "password=%(pw)s",
      "password=ab****yz", R"("password":"••••••••")", "password: string", R"({"password":"string"})", "password=os.environ['X']", "password = getPassword()", "password=:password",
      R"("password":"Password")", R"("password":["This field is required."])", R"("password":{"min":8,"max":64})", "if (password == other)", "password != x",
      "Password : System.Security.SecureString", "api_key=YOUR_API_KEY_1", "secretKey: ${KEY}", "private_key=/etc/ssl/private/a1.key", "token: null", "token=00000000-0000-0000-0000-000000000000",
  });
}

TEST(Secrets, KeysThatNameNone) {
  expect_none({
      "compassword=x1y2z3", "passwordless=x1y2z3", "token_count=5", "tokens: 17", "passwords: 12", "PasswordLastSet: 1/2/2020 10:00", "PasswordHistoryLength: 24", "password_file=/run/x",
      R"("TokenElevationType":"%%1936")", "Token Elevation Type:\t%%1938", R"("ElevatedToken":"%%1842")", "Elevated Token:\t\tYes", R"x("ObjectType":"Token","NewSd":"D:(A;;GA;;;SY)")x",
      R"("PrivilegeList":"SeAssignPrimaryTokenPrivilege\r\n\t\t\tSeTcbPrivilege")", R"("LogonGuid":"{1b3c5d7e-0000-0000-0000-00000000a1b2}")", R"("SubjectLogonId":"0x3e7")",
      "Culture=neutral, PublicKeyToken=b77a5c561934e089", "csrf_token=a1b2c3d4e5f6a7b8", R"("nextToken":"a1b2c3d4e5f6a7b8")", "token=android.os.BinderProxy@a1b2c3d",
      "token = Token{3a5f ActivityRecord{1}}", "unexpected token: }", "public_key=a1b2c3d4e5f6a7b8", "primary_key: 12345678a", "Registry key: HKLM\\Software\\a1b2c3d4",
      "Processed session termination for sessionid: 0x14ed93111f20055", R"("sessionId":"12")", "Session: 30546174_1234 initialized by client", "signature=a1b2c3d4e5f6a7b8c9d0a1b2",
      "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod-a1b2c3-AbCdEf",
      R"("ClientToken":"1a2b3c4d-0000-4e5f-8a9b-0c1d2e3f4a5b")", R"("clientRequestToken":"1a2b3c4d-0000-4e5f-8a9b-0c1d2e3f4a5b")", R"("sessionId":"bob-0a1b2c3d4e5f6a7b8")",
      R"("masterUserPassword":"HIDDEN_DUE_TO_SECURITY_REASONS")", "PWD=/root ; USER=root ; COMMAND=/usr/bin/passwd bob", "PWD=unknown ; USER=root", "OLDPWD=C:\\x",
  });
}

TEST(Secrets, SentencesOfLogs) {
  expect_none({
      "Failed password for root from 10.0.0.1 port 22 ssh2", "Failed password for invalid user admin from 10.0.0.1", "Accepted password for bob from 10.0.0.1",
      "password authentication failed for user \"postgres\"", "password: incorrect", "password: incorrect for user bob", "Password: expired", "pam_unix(sshd:auth): check pass; user unknown",
      "pam_unix(passwd:chauthtok): password changed for bob", "sudo: a password is required", "sudo: pam_unix(sudo:auth): auth could not identify password for [bob]",
      "Access denied for user 'root'@'localhost' (using password: YES)", "root:x:0:0:root:/root:/bin/bash in /etc/passwd", "open /etc/passwd:root:x:0:0", "passwd: files systemd",
      "530 Login or password incorrect", "AH01617: user bob: authentication failure for \"/\": Password Mismatch", "pass: 12, fail: 3", "pass=12 fail=0", "First pass: done", "all tests pass",
      R"({"msg":"Enter password:","next":"value"})", R"({"msg":"password: ","next":"value"})", "An attempt was made to reset an account's password.", "use --password option to log in",
      "usage: login <user> <password> <host>", "The password: your guess", "WRITE_OWNER\\r\\nReadPasswordParameters\\r\\nWritePasswordParameters", "Authorization: failed", "POST /oauth/token 200",
      "bearer token missing", "Set-Cookie: lang=de; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "docker login failed", "curl -u bob", "mysql -p -u root", "mysql -uroot -p",
      R"("CommandLine":"mysql -u root -p","Image":"x")", "the net user account was deleted", "net user bob", "net user bob /domain", R"(net use z: \\h\s /persistent:no)", "net user bob * /add",
      "tar -p x", "ls -P x", "cp -H a b", "psql -U bob -h db", "ssh -p 22 host", "docker run -p 80:80 nginx", "-w /usr/bin/xfreerdp -p x -k key", "selection_password: # listing of it",
  });
}

TEST(Secrets, CommandLines) {
  const std::string hash = kFakeHex32 + ":" + kFakeHex32;
  expect_rows({
      {"tool --password hunter2 --host x", "hunter2"},
      {"tool --password=hunter2 --host x", "hunter2"},
      {"tool --password 'hun ter2'", "hun ter2"},
      {"tool -Password hunter2", "hunter2"},
      {"mysql -u root -phunter2 db", "hunter2"},
      {"mysql -u root -p'hun ter2' db", "hun ter2"},
      {"/usr/bin/mysqldump -phunter2 --all", "hunter2"},
      {R"("CommandLine":"mysqladmin -u root -phunter2","Image":"x")", "hunter2"},
      {"mysql --password=hunter2", "hunter2"},
      {"sshpass -p hunter2 ssh bob@h", "hunter2"},
      {"sshpass -phunter2 ssh bob@h", "hunter2"},
      {R"(psexec \\h -u a -p hunter2 cmd)", "hunter2"},
      {R"("CommandLine":"\"C:\\Tools\\PsExec64.exe\" \\\\h -u a -p hunter2 cmd","x":1)", "hunter2"},
      {"net user bob hunter2 /add", "hunter2"},
      {"net user bob hunter2", "hunter2"},
      {R"("CommandLine":"C:\\Windows\\system32\\net1 user bob hunter2 /add")", "hunter2"},
      {R"(net.exe use \\h\s hunter2 /user:x)", "hunter2"},
      {R"(net use z: \\h\s /user:x hunter2)", "hunter2"},
      {R"(psexec \\h -u a -p one cmd /c net use \\h\s two /user:x)", "one ¦ two"},
      {"cmdkey /add:h /user:u /pass:hunter2", "hunter2"},
      {"schtasks /create /tn t /ru u /rp hunter2 /tr x", "hunter2"},
      {"sqlcmd -S s -U sa -P hunter2 -Q x", "hunter2"},
      {"osql -Usa -Phunter2", "hunter2"},
      {"bcp db out f -U sa -P hunter2", "hunter2"},
      {"curl -u bob:hunter2 https://h/", "hunter2"},
      {"curl --user 'bob:hunter2' https://h/", "hunter2"},
      {R"(curl -H "Authorization: Bearer )" + kFakeToken + R"(" -u bob:hunter2)", kFakeToken + " ¦ hunter2"},
      {"wget --http-password=hunter2 https://h/", "hunter2"},
      {"ldapsearch -x -D cn=a -w hunter2", "hunter2"},
      {"ldappasswd -D cn=a -w hunter2", "hunter2"},
      {"openssl rsa -passin pass:hunter2 -in x", "hunter2"},
      {"openssl enc -k hunter2 -in x", "hunter2"},
      {"ConvertTo-SecureString 'hunter2' -AsPlainText -Force", "hunter2"},
      {"(ConvertTo-SecureString -String hunter2 -AsPlainText -Force)", "hunter2"},
      {"wmic /node:h /user:u /password:hunter2 process", "hunter2"},
      {"xfreerdp /u:a /p:hunter2 /v:h", "hunter2"},
      {"redis-cli -h h -a hunter2 ping", "hunter2"},
      {"mongo -u a -p hunter2 db", "hunter2"},
      {"docker login -u a -p hunter2 registry", "hunter2"},
      {"kubectl --token=" + kFakeToken + " get pods", kFakeToken},
      {"smbclient -U bob%hunter2 //h/s", "hunter2"},
      {"crackmapexec smb h -u a -p hunter2", "hunter2"},
      {"netexec smb h -u a -H " + hash, hash},
      {"nxc smb h -u a -H " + kFakeHex32, kFakeHex32},
      {"wmiexec.py -hashes " + hash + " a@h", hash},
      {"wmiexec.py --hashes :" + kFakeHex32 + " a@h", ":" + kFakeHex32},
      {"plink -ssh bob@h -pw hunter2", "hunter2"},
      {R"("Message":"x\r\nCommandLine: x\nmysql -phunter2\r\nUser: y")", "hunter2"},
  });
  expect_none({"sshpass -p $PASS ssh h", "mysql -p${PASS}", "schtasks /run /tn t", "ConvertTo-SecureString $x -AsPlainText -Force", "mysql-server -pfoo", "curl -u $USER:$PASS h",
               "sqlcmd -p 1", "tool --password-stdin x", "tool --password --user bob", "smbclient -U bob //h/s", "ConvertTo-SecureString 'x' -Key $k"});
}

TEST(Secrets, Headers) {
  expect_rows({
      {"Authorization: Bearer " + kFakeToken, kFakeToken},
      {R"("authorization":"Bearer )" + kFakeToken + "\"", kFakeToken},
      {R"("headers":{"Authorization":["Bearer )" + kFakeToken + "\"]}", kFakeToken},
      {"Authorization: Basic Ym9iOmh1bnRlcjI=", "Ym9iOmh1bnRlcjI="},
      {"Proxy-Authorization: Basic Ym9iOmh1bnRlcjI=", "Ym9iOmh1bnRlcjI="},
      {"Authorization: Token " + kFakeToken, kFakeToken},
      {"Authorization: Token token=\"" + kFakeToken + "\"", kFakeToken},
      {"Authorization: ApiKey " + kFakeToken, kFakeToken},
      {"authorization=" + kFakeToken, kFakeToken},
      {"Authorization: Digest username=\"bob\", response=\"" + kFakeHex32 + "\"", kFakeHex32},
      {"sent Bearer " + kFakeToken + " to h", kFakeToken},
      {"Cookie: lang=de; PHPSESSID=a1b2c3d4e5f6; theme=dark", "a1b2c3d4e5f6"},
      {"Set-Cookie: connect.sid=s%3Aa1b2c3d4e5; Path=/; HttpOnly", "s%3Aa1b2c3d4e5"},
      {R"("cookie":"session=a1b2c3d4e5; _ga=GA1.2.3")", "a1b2c3d4e5"},
  });
  expect_none({"Authorization: Basic realm", "Authorization: Bearer ${TOKEN}", "Authorization: Bearer ***", "Authorization: Basic xxxx", "Cookie: csrftoken=a1b2c3d4e5f6", "Authorization: Bearer <token>",
               "Cookie: lang=de; theme=dark-mode-1", "WWW-Authenticate: Basic realm=\"x\"", "cookies: 12"});
}

TEST(Secrets, TokensKnownByThemselves) {
  std::vector<Row> rows;
  for (const std::string& token : {
           "AKIA" + std::string("ABCDEFGH234567AB"), "ASIA" + std::string("ABCDEFGH234567AB"), "ghp_" + kFake40.substr(0, 36), "gho_" + kFake40.substr(0, 36), "ghu_" + kFake40.substr(0, 36),
           "ghs_" + kFake40.substr(0, 36), "ghr_" + kFake40, "github_pat_" + kFakeToken + "_" + kFake40, "glpat-" + kFakeToken, "xoxb-1234567890-" + kFakeToken, "xapp-1-" + kFakeToken,
           "sk_live_" + kFakeToken, "rk_live_" + kFakeToken, "sk_test_" + kFakeToken, "whsec_" + kFake40, "AIza" + kFake40.substr(0, 35), "GOCSPX-" + kFake40.substr(0, 28), "ya29." + kFake40,
           "npm_" + kFake40.substr(0, 36), "pypi-AgEI" + kFake40 + kFake40, "sk-ant-api03-" + kFake40, "sk-proj-" + kFake40, "sk-" + kFake40, "hvs." + kFake40, "dop_v1_" + kFakeHex32 + kFakeHex32,
           "shpat_" + kFakeHex32, "AGE-SECRET-KEY-1" + repeated("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 2).substr(0, 58), "SG." + kFake40.substr(0, 22) + "." + kFake40 + "abc", kFakeJwt,
           "123456789:AA" + kFake40.substr(0, 33), "hf_" + kFake40.substr(0, 34),
       }) {
    rows.push_back({token, token});
    rows.push_back({"found " + token + ", revoke it", token});
    rows.push_back({"{\"x\":\"" + token + "\"}", token});
    rows.push_back({"a=" + token, token});
    rows.push_back({"x\\n" + token + "\\n", token});
  }
  rows.push_back({"https://api.telegram.org/bot123456789:AA" + kFake40.substr(0, 33) + "/getMe", "123456789:AA" + kFake40.substr(0, 33)});
  rows.push_back({"twilio key SK" + kFakeHex32 + " used", "SK" + kFakeHex32});
  rows.push_back({"https://hooks.slack.com/services/T0000AAAA/B0000BBBB/" + kFakeToken, "T0000AAAA/B0000BBBB/" + kFakeToken});
  rows.push_back({"https://discord.com/api/webhooks/123456789012345678/" + kFake40, kFake40});
  expect_rows(rows);
  expect_none({"AKIA", "AKIAABC", "xAKIAABCDEFGH234567AB", "AKIAABCDEFGH234567ABC", "ghp_short1", "npm_config_registry", "task-" + kFake40, "risk-management-of-everything-in-2020", "sk-learn 1.2",
               "eyJ is how JSON begins", "eyJhbGciOiJub25lIn0", "12:AAbc", "SK" + kFakeHex32, "SG.x.y", "dop_v1_x", "pypi-server", "AGE-SECRET-KEY-1", "BEGIN", "/webhooks/12/abc",
               "ghp_" + repeated("x", 36), "CREATE TABLE sk_live_x"});
}

TEST(Secrets, PrivateKeys) {
  const std::string body = repeated("MIIEabcdefghijklmnopqrstuvwxyz0123456789+/ABCDEFGHIJKLMNOPQRSTUV\n", 3) + "abcd==\n";
  for (const std::string kind : {"", "RSA ", "EC ", "DSA ", "OPENSSH ", "ENCRYPTED "}) {
    const std::string key = "-----BEGIN " + kind + "PRIVATE KEY-----\n" + body + "-----END " + kind + "PRIVATE KEY-----";
    EXPECT_EQ(found_in(key), key);
    EXPECT_EQ(found_in("x " + key + "\nrest"), key);
    for (const std::string escape : {"\\n", "\\r\\n", "\\\\n"}) {
      std::string line;
      for (const char c : key) line += c == '\n' ? escape : std::string(1, c);
      EXPECT_EQ(found_in("{\"private_key\":\"" + line + "\",\"x\":1}"), line);
    }
  }
  const std::string cut = "-----BEGIN RSA PRIVATE KEY-----\\n" + kFake40 + kFake40;
  EXPECT_EQ(found_in("x=" + cut), cut);
  EXPECT_EQ(found_in(cut + " and more words"), cut);
  const std::string headed = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123456789ABCDEF\n\n" + body + "-----END RSA PRIVATE KEY-----";
  EXPECT_EQ(found_in(headed), headed);
  EXPECT_EQ(found_in("PuTTY-User-Key-File-2: ssh-rsa\nPrivate-Lines: 2\n" + kFake40 + "\n" + kFake40 + "==\nPrivate-MAC: " + kFakeHex32), kFake40 + "\n" + kFake40 + "==");
  expect_none({"-----BEGIN CERTIFICATE-----\nMIIEabcdefghijklmnopqrstuvwxyz\n-----END CERTIFICATE-----", "-----BEGIN PUBLIC KEY-----\nMIIEabcdefghijklmnopqrst\n-----END PUBLIC KEY-----",
               "expected -----BEGIN RSA PRIVATE KEY----- but found none", "Private-Lines: none"});
}

TEST(Secrets, UrlsWithCredentials) {
  expect_rows({
      {"postgres://bob:hunter2@db:5432/x", "<bob:hunter2>"},
      {"mongodb+srv://bob:hunter2@h.example/x", "<bob:hunter2>"},
      {"mongodb://bob:hunter2@h1:1,h2:2/x", "<bob:hunter2>"},
      {"amqp://bob:hunter2@h", "<bob:hunter2>"},
      {"redis://:hunter2@h:6379", "<:hunter2>"},
      {"ftp://bob:hun@ter2@h/", "<bob:hun@ter2>"},
      {R"("url":"https://bob:hunter2@h/")", "<bob:hunter2>"},
      {"jdbc:mysql://bob:hunter2@h/db", "<bob:hunter2>"},
      {"jdbc:postgresql://h/db?user=bob&password=hunter2", "hunter2"},
      {"https://bob:hunter2@h/?token=a1b2c3d4e5", "<bob:hunter2> ¦ a1b2c3d4e5"},
  });
  expect_none({"https://bob@h/", "https://h:8080/path@x", "https://[::1]:80/", "https://[fe80::1%25eth0]:80/x@y", "mail bob@example.org", "see http://h:80,bob@example.org", "https://bob:@h/",
               "https://bob:***@h/", "https://bob:xxxxx@h/", "postgres://bob:${PASS}@h/", "https://h/x:y@z", "://a:b@c", "ssh://git@h:22/x", "https://user:<password>@h/"});
}

TEST(Secrets, BeginAndEndOfTheText) {
  EXPECT_EQ(found_in(""), "");
  const std::string whole = "password=\"x\" Cookie: sid=a1b2c3d4e5; net user a b /add https://u:p@h/ -----BEGIN PRIVATE KEY-----\\n" + kFake40 + "\\n curl -u a:b twilio SK" + kFakeHex32;
  for (std::size_t from = 0; from <= whole.size(); ++from) {
    for (std::size_t size = 0; from + size <= whole.size(); ++size) {
      const std::string part = whole.substr(from, size);  // of its own, so that a sanitizer sees what is read behind it
      std::vector<Finding> fast, slow;
      find_secrets(part, fast);
      find_secrets_slowly(part, slow);
      ASSERT_EQ(fast, slow) << part;
    }
  }
  EXPECT_EQ(found_in("password=x"), "x");
}

TEST(Secrets, AppendsInOrder) {
  std::vector<Finding> found = {{.from = 90, .to = 95, .kind = Kind::kEmail, .country = {}}};
  find_secrets("password=one token=" + kFakeToken, found);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].from, 90u);  // what was there stays, whatever its place
  EXPECT_EQ(found[1].from, 9u);
  EXPECT_LT(found[1].to, found[2].from);
}

/// Text out of parts of everything that is looked for, so that hunters get in each other's way.
std::string mixture(std::mt19937& random) {
  static const std::string kParts[] = {"password", "Password", "token", "secret", "=", ":", ": ", " ", "\"", "\\\"", "'", "\\n", "\n", "\\", "hunter2", "a1b2c3d4e5f6a7b8", "x", "/", "-p ", "-u ", "--",
                                       "net user ", "net use \\\\h\\s ", "mysql ", "curl ", "Authorization: ", "Bearer ", "Basic Ym9iOng= ", "Cookie: ", "sid=", ";", "&", "?", "<", ">", "</", "://",
                                       "u:p@h", "@", "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "eyJhbGciOiJub25lIn0.", "AKIAABCDEFGH234567AB", "ghp_", "sk-", "hooks/", "twilio ",
                                       "SK0123456789abcdef0fedcba987654321", "Private-Lines: 2", ":AA", "123456789", "{", "}", "[", "]", ",", "value", "\xc3\xb1", "\xff", "%26", "\\u0026", "key", "api_", "-H "};
  std::string text;
  for (std::size_t n = random() % 24; n > 0; --n) text += kParts[random() % std::size(kParts)];
  return text;
}

TEST(Secrets, TwinsAgreeAndNothingOverlaps) {
  std::mt19937 random(20261129);
  std::size_t findings = 0;
  for (int round = 0; round < 40000; ++round) {
    const std::string text = mixture(random);
    std::vector<Finding> fast, slow;
    find_secrets(text, fast);
    find_secrets_slowly(text, slow);
    ASSERT_EQ(fast, slow) << text;
    for (std::size_t i = 0; i < fast.size(); ++i) {
      ASSERT_LT(fast[i].from, fast[i].to) << text;
      ASSERT_LE(fast[i].to, text.size()) << text;
      if (i > 0) {
        ASSERT_LE(fast[i - 1].to, fast[i].from) << text;
      }
    }
    findings += fast.size();
  }
  EXPECT_GT(findings, 10000u);
}

TEST(PieceScan, KernelsSeeTheSame) {
  const Piece pieces[] = {{{'p', 'a', 's', 's'}}, {{'A', 'B', 'C', 'D'}, true}, {{':', '/', '/', kAnyByte}}, {{'a', 'b', 'c', 'd'}}, {{'_', 'k', 'e', 'y'}}};
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (std::size_t n = random() % 200; n > 0; --n) text += "pasPASbcdABCD:/_key"[random() % 19];
    const auto seen_by = [&](PieceKernel kernel) {
      std::vector<std::pair<std::size_t, std::size_t>> seen;
      const auto add = [&](std::size_t piece, std::size_t at) { seen.emplace_back(at, piece); };
      PieceScan(pieces, kernel).find(text, add);
      return seen;
    };
    std::vector<std::pair<std::size_t, std::size_t>> expected;
    for (std::size_t at = 0; at + 4 <= text.size(); ++at) {
      for (std::size_t p = 0; p < std::size(pieces); ++p) {
        bool all = true;
        for (std::size_t k = 0; k < 4; ++k) {
          const char wanted = pieces[p].bytes[k], is = text[at + k];
          all = all && (wanted == kAnyByte || wanted == is || (!pieces[p].exact && std::isalpha(wanted) != 0 && (wanted | 0x20) == (is | 0x20)));
        }
        if (all) expected.emplace_back(at, p);
      }
    }
    ASSERT_EQ(seen_by(scan_pieces_portable), expected) << text;
    ASSERT_EQ(seen_by(best_piece_kernel()), expected) << text;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
      ASSERT_EQ(seen_by(scan_pieces_avx2), expected) << text;
    }
#endif
  }
}

TEST(Secrets, LongValuesEnd) {
  EXPECT_EQ(found_in("password=" + repeated("a1", 5000)).size(), 4096u);
  EXPECT_EQ(found_in("curl " + repeated("-u a ", 1000) + "-u a:b"), "");  // behind what is read of a command
  EXPECT_EQ(found_in(repeated("mysql ", 2000)), "");
  EXPECT_EQ(found_in(repeated("eyJa.eyJ", 20000)), "");
  EXPECT_EQ(found_in(repeated("\\", 100000) + "\"password=x"), "x");
}

}  // namespace
}  // namespace tocsin::protect
