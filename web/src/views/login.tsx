// A password, or the provider that the service knows. A browser that comes back from there without having been let in brings a word behind '#'.
import { useEffect, useState } from 'preact/hooks';
import { call, Problem } from '../api';
import { refusedText } from '../refused';
import type { LoginWays } from '../shapes';
import { Field, Trouble, useSending } from '../parts/parts';

export function LoginPage({ done, refused }: { done: () => void; refused: string }) {
  const [provider, setProvider] = useState<LoginWays['provider']>(null);
  useEffect(() => {
    call<LoginWays>('GET', '/api/v1/login')
      .then((ways) => setProvider(ways.provider))
      .catch(() => setProvider(null)); // a password will do, or will tell what is wrong
  }, []);
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
      <Trouble text={sending.problem || refusedText(refused, provider)} />
      {provider !== null && (
        <p>
          <a class="button main" href="/api/v1/login/oidc">
            Log in with {provider.name}
          </a>
        </p>
      )}
      <form class="card" onSubmit={sending.submit}>
        <Field label="User" value={user} set={setUser} required autocomplete="username" focus />
        <Field label="Password" value={password} set={setPassword} type="password" required autocomplete="current-password" />
        {needsCode && <Field label="Code of your authenticator" value={code} set={setCode} required autocomplete="one-time-code" hint="6 digits" focus />}
        <button class={provider === null ? 'main' : undefined} disabled={sending.busy}>
          {provider === null ? 'Log in' : 'Log in with a password'}
        </button>
      </form>
      <p class="quiet">
        No account yet? An admin makes a link for you. On the machine itself: <code>tocsin user add NAME --role admin</code>
      </p>
    </div>
  );
}
