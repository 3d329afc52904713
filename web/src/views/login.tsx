import { useState } from 'preact/hooks';
import { call, Problem } from '../api';
import { Field, Trouble, useSending } from '../parts/parts';

export function LoginPage({ done }: { done: () => void }) {
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [needsCode, setNeedsCode] = useState(false);
  const sending = useSending(async () => {
    try {
      await call('POST', '/api/v1/login', code === '' ? { user, password } : { user, password, code });
      done();
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'totp_needed') throw error;
      setNeedsCode(true);
    }
  });
  return (
    <div class="alone">
      <h1>Tocsin</h1>
      <Trouble text={sending.problem} />
      <form class="card" onSubmit={sending.submit}>
        <Field label="User" value={user} set={setUser} required autocomplete="username" focus />
        <Field label="Password" value={password} set={setPassword} type="password" required autocomplete="current-password" />
        {needsCode && <Field label="Code of your authenticator" value={code} set={setCode} required autocomplete="one-time-code" hint="6 digits" focus />}
        <button class="main" disabled={sending.busy}>
          Log in
        </button>
      </form>
      <p class="quiet">
        No account yet? An admin makes a link for you. On the machine itself: <code>tocsin user add NAME --role admin</code>
      </p>
    </div>
  );
}
