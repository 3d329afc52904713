// Who may use the service. Nobody sets a password for somebody else: a link is made, and who opens it chooses one.
import { useState } from 'preact/hooks';
import { call, messageOf } from '../api';
import type { PageProps } from '../main';
import { useLoaded } from '../load';
import { Choice, Field, Once, Sure, Table, Trouble, useSending, When } from '../parts/parts';
import { roles } from '../shapes';

interface User {
  name: string;
  role: string;
  by_provider: boolean;
  disabled: boolean;
  totp: boolean;
  has_password: boolean;
  added: string | null;
}

const roleOptions = roles.map((role) => [role, role] as const);

export function UsersPage({ person }: PageProps) {
  const loaded = useLoaded<{ users: User[] }>('/api/v1/users');
  const [name, setName] = useState('');
  const [role, setRole] = useState<string>('viewer');
  const [made, setMade] = useState<{ name: string; link: string }>();
  const sending = useSending(async () => {
    setMade(await call('POST', '/api/v1/users', { name, role }));
    setName('');
    loaded.again();
  });
  const path = (user: User) => `/api/v1/users/${encodeURIComponent(user.name)}`;
  const newLink = async (user: User) => {
    const answer = await call<{ link: string }>('POST', `${path(user)}/link`);
    setMade({ name: user.name, link: answer.link });
  };
  const [problem, setProblem] = useState('');
  const change = (user: User, what: { role: string } | { disabled: boolean }) => {
    setProblem('');
    call('PATCH', path(user), what)
      .catch((error) => setProblem(messageOf(error)))
      .finally(loaded.again);
  };
  return (
    <>
      <h1>Users</h1>
      <p class="quiet">viewer sees alerts and status; analyst searches events too; responder and approver act with playbooks; admin manages users, tokens and senders.</p>
      <Trouble text={loaded.problem || sending.problem || problem} />
      {made && <Once title={`Link for ${made.name}: whoever opens it chooses the password`} value={made.link} />}
      <form class="line" onSubmit={sending.submit}>
        <Field label="Name" value={name} set={setName} required />
        <Choice label="Role" value={role} set={setRole} options={roleOptions} />
        <button class="main" disabled={sending.busy}>
          Add user
        </button>
      </form>
      <Table
        rows={loaded.value?.users ?? []}
        none="…"
        columns={[
          { title: 'Name', kind: 'value', cell: (user) => user.name },
          {
            title: 'Role',
            cell: (user) =>
              user.name === person.name || user.by_provider ? (
                user.role
              ) : (
                <select aria-label={`Role of ${user.name}`} value={user.role} onChange={(event) => change(user, { role: event.currentTarget.value })}>
                  {roles.map((each) => (
                    <option value={each}>{each}</option>
                  ))}
                </select>
              ),
          },
          { title: 'Logs in', cell: (user) => (user.disabled ? 'disabled' : user.by_provider ? 'through the provider' : user.has_password ? 'with a password' : <span class="quiet">link not used yet</span>) },
          { title: 'Second factor', cell: (user) => (user.totp ? 'yes' : <span class="quiet">{user.by_provider ? "the provider's" : 'no'}</span>) },
          { title: 'Added (UTC)', kind: 'when', cell: (user) => <When time={user.added} /> },
          { title: '', kind: 'act', cell: (user) => !user.by_provider && <Sure what="New link" act={() => newLink(user)} /> },
          {
            title: '',
            kind: 'act',
            cell: (user) =>
              user.name !== person.name && (
                <button type="button" class="plain" onClick={() => change(user, { disabled: !user.disabled })}>
                  {user.disabled ? 'Enable' : 'Disable'}
                </button>
              ),
          },
          { title: '', kind: 'act', cell: (user) => user.name !== person.name && <Sure what="Remove" act={() => call('DELETE', path(user)).then(loaded.again)} /> },
        ]}
      />
    </>
  );
}
