// One's own password and second factor (RFC 6238).
import { useState } from 'preact/hooks';
import { call } from '../api';
import type { PageProps } from '../main';
import { Field, Trouble, useSending } from '../parts/parts';

function PasswordForm() {
  const [password, setPassword] = useState('');
  const [wanted, setWanted] = useState('');
  const [again, setAgain] = useState('');
  const [done, setDone] = useState(false);
  const sending = useSending(async () => {
    setDone(false);
    if (wanted !== again) throw new Error('The two new passwords differ.');
    await call('POST', '/api/v1/me/password', { password, new_password: wanted });
    for (const clear of [setPassword, setWanted, setAgain]) clear('');
    setDone(true);
  });
  return (
    <form class="card" onSubmit={sending.submit}>
      <Trouble text={sending.problem} />
      {done && <p class="good">The password was changed; your other sessions have ended.</p>}
      <Field label="Password now" value={password} set={setPassword} type="password" required autocomplete="current-password" />
      <Field label="New password (12 characters or more)" value={wanted} set={setWanted} type="password" required autocomplete="new-password" />
      <Field label="New password again" value={again} set={setAgain} type="password" required autocomplete="new-password" />
      <div>
        <button disabled={sending.busy}>Change password</button>
      </div>
    </form>
  );
}

function AddFactor({ refresh }: { refresh: () => void }) {
  const [made, setMade] = useState<{ secret: string; link: string }>();
  const [code, setCode] = useState('');
  const begin = useSending(async () => setMade(await call('POST', '/api/v1/me/totp')));
  const confirm = useSending(async () => {
    await call('POST', '/api/v1/me/totp/confirm', { secret: made?.secret, code });
    refresh();
  });
  if (made === undefined) {
    return (
      <form class="card" onSubmit={begin.submit}>
        <Trouble text={begin.problem} />
        <p>There is none yet. With one, a stolen password alone does not open the console.</p>
        <div>
          <button disabled={begin.busy}>Add a second factor</button>
        </div>
      </form>
    );
  }
  return (
    <form class="card" onSubmit={confirm.submit}>
      <Trouble text={confirm.problem} />
      <p>
        Enter this secret in an authenticator app, or <a href={made.link}>open it there</a>; then type the code that the app shows.
      </p>
      <pre>{made.secret.replace(/(.{4})/g, '$1 ')}</pre>
      <Field label="Code" value={code} set={setCode} required autocomplete="one-time-code" hint="6 digits" focus />
      <div>
        <button class="main" disabled={confirm.busy}>
          Confirm
        </button>
      </div>
    </form>
  );
}

function RemoveFactor({ refresh }: { refresh: () => void }) {
  const [password, setPassword] = useState('');
  const sending = useSending(async () => {
    await call('POST', '/api/v1/me/totp/remove', { password });
    refresh();
  });
  return (
    <form class="card" onSubmit={sending.submit}>
      <Trouble text={sending.problem} />
      <p class="good">An authenticator is asked at every log-in.</p>
      <Field label="Password, to remove it" value={password} set={setPassword} type="password" required autocomplete="current-password" />
      <div>
        <button disabled={sending.busy}>Remove the second factor</button>
      </div>
    </form>
  );
}

export function AccountPage({ person, refresh }: PageProps) {
  return (
    <div style="max-width:32rem">
      <h1>{person.name}</h1>
      <p class="quiet">Your role is {person.role}.</p>
      {person.by_provider ? (
        <p>You log in through your organisation's provider, which looks after your password, your second factor, and what you may do here: it is asked at each log-in.</p>
      ) : (
        <>
          <h2>Second factor</h2>
          {person.totp ? <RemoveFactor refresh={refresh} /> : <AddFactor refresh={refresh} />}
          <h2>Password</h2>
          <PasswordForm />
        </>
      )}
    </div>
  );
}
