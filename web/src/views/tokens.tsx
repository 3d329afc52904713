// Tokens for programs: each with what it is for and when it ends.
import { useState } from 'preact/hooks';
import { call } from '../api';
import type { PageProps } from '../main';
import { useLoaded } from '../load';
import { Field, Once, Sure, Table, Trouble, useSending, When } from '../parts/parts';
import { scopes } from '../shapes';

interface Token {
  name: string;
  scopes: string[];
  made: string | null;
  expires: string | null;
  made_by: string;
}

export function TokensPage(_props: PageProps) {
  const loaded = useLoaded<{ tokens: Token[] }>('/api/v1/tokens');
  const [name, setName] = useState('');
  const [days, setDays] = useState('90');
  const [chosen, setChosen] = useState<string[]>([]);
  const [made, setMade] = useState<{ name: string; token: string }>();
  const sending = useSending(async () => {
    if (chosen.length === 0) throw new Error('Choose at least one thing that the token is for.');
    setMade(await call('POST', '/api/v1/tokens', { name, scopes: chosen, days: Number(days) }));
    setName('');
    loaded.again();
  });
  const toggle = (scope: string) => setChosen((before) => (before.includes(scope) ? before.filter((each) => each !== scope) : [...before, scope]));
  return (
    <>
      <h1>API tokens</h1>
      <p class="quiet">
        A program shows its token as <code>Authorization: Bearer …</code>
      </p>
      <Trouble text={loaded.problem || sending.problem} />
      {made && <Once title={`Token ${made.name}`} value={made.token} />}
      <form class="line" onSubmit={sending.submit}>
        <Field label="Name" value={name} set={setName} required hint="grafana" />
        <Field label="Days" value={days} set={setDays} type="number" required />
        <fieldset>
          <legend class="quiet">For</legend>
          {scopes.map((scope) => (
            <label>
              <input type="checkbox" checked={chosen.includes(scope)} onChange={() => toggle(scope)} /> {scope}
            </label>
          ))}
        </fieldset>
        <button class="main" disabled={sending.busy}>
          Make token
        </button>
      </form>
      <Table
        rows={loaded.value?.tokens ?? []}
        none="No token yet."
        columns={[
          { title: 'Name', kind: 'value', cell: (token) => token.name },
          { title: 'For', kind: 'value', cell: (token) => token.scopes.join(', ') },
          { title: 'Made (UTC)', kind: 'when', cell: (token) => <When time={token.made} /> },
          { title: 'Ends (UTC)', kind: 'when', cell: (token) => <When time={token.expires} /> },
          { title: 'By', cell: (token) => token.made_by },
          { title: '', kind: 'act', cell: (token) => <Sure what="Remove" act={() => call('DELETE', `/api/v1/tokens/${encodeURIComponent(token.name)}`).then(loaded.again)} /> },
        ]}
      />
    </>
  );
}
