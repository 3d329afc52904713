// Behind a one-time link: the first admin chooses a name and a password, everybody else a password.
import { useEffect, useState } from 'preact/hooks';
import { call, messageOf } from '../api';
import { Field, Trouble, useSending } from '../parts/parts';

export function SetupPage({ token, done }: { token: string; done: () => void }) {
  const [link, setLink] = useState<{ user: string; role: string }>();
  const [problem, setProblem] = useState('');
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  useEffect(() => {
    call<{ user: string | null; role: string }>('POST', '/api/v1/setup/check', { token })
      .then((answer) => setLink({ user: answer.user ?? '', role: answer.role }))
      .catch((error) => setProblem(messageOf(error)));
  }, [token]);
  const sending = useSending(async () => {
    if (password !== again) throw new Error('The two passwords differ.');
    const user = link?.user || name;
    await call('POST', '/api/v1/setup', link?.user ? { token, password } : { token, name, password });
    await call('POST', '/api/v1/login', { user, password });
    done();
  });
  if (problem !== '') {
    return (
      <div class="alone">
        <Trouble text={problem} />
        <button type="button" onClick={done}>
          To the log-in
        </button>
      </div>
    );
  }
  if (link === undefined) return <p class="alone quiet">…</p>;
  return (
    <div class="alone">
      <h1>{link.user === '' ? 'Welcome to Tocsin' : `Welcome, ${link.user}`}</h1>
      <p>
        {link.user === '' ? 'Choose your name and a password. You will be the first admin.' : `Choose a password. Your role is ${link.role}.`} This link works once.
      </p>
      <Trouble text={sending.problem} />
      <form class="card" onSubmit={sending.submit}>
        {link.user === '' && <Field label="User name" value={name} set={setName} required autocomplete="username" focus />}
        <Field label="Password (12 characters or more)" value={password} set={setPassword} type="password" required autocomplete="new-password" />
        <Field label="The password again" value={again} set={setAgain} type="password" required autocomplete="new-password" />
        <button class="main" disabled={sending.busy}>
          Set password and log in
        </button>
      </form>
    </div>
  );
}
