// Who may send, and adding one: its token or certificate is shown once.
import { useState } from 'preact/hooks';
import { call } from '../api';
import type { PageProps } from '../main';
import { useLoaded } from '../load';
import { Choice, Field, Once, Sure, Table, Trouble, useSending, When } from '../parts/parts';
import { mayAs } from '../shapes';

interface Sender {
  name: string;
  input: string;
  added: string | null;
}

const inputs = [
  ['bulk', 'Elasticsearch _bulk (Filebeat, Winlogbeat, Logstash, rsyslog …)'],
  ['hec', 'Splunk HEC'],
  ['otlp', 'OpenTelemetry logs (OTLP/HTTP)'],
  ['syslog', 'syslog over TLS'],
] as const;

export function SendersPage({ person }: PageProps) {
  const loaded = useLoaded<{ senders: Sender[] }>('/api/v1/senders');
  const [name, setName] = useState('');
  const [input, setInput] = useState<string>('bulk');
  const [made, setMade] = useState<{ name: string; input: string; token: string }>();
  const sending = useSending(async () => {
    setMade(await call('POST', '/api/v1/senders', { name, input }));
    setName('');
    loaded.again();
  });
  const admin = mayAs(person, 'admin');
  const remove = (sender: Sender) => call('DELETE', `/api/v1/senders/${encodeURIComponent(sender.name)}`).then(loaded.again);
  return (
    <>
      <h1>Senders</h1>
      <p class="quiet">Each shipper has its own token or certificate, its own row in the overview, and can be shut out alone. Plain syslog has none.</p>
      <Trouble text={loaded.problem || sending.problem} />
      {made && <Once title={`${made.input === 'syslog' ? 'Certificate and key' : 'Token'} of ${made.name} (${made.input})`} value={made.token} />}
      {admin && (
        <form class="line" onSubmit={sending.submit}>
          <Field label="Name" value={name} set={setName} required hint="web-1" />
          <Choice label="Input" value={input} set={setInput} options={[...inputs]} />
          <button class="main" disabled={sending.busy}>
            Add sender
          </button>
        </form>
      )}
      <Table
        rows={loaded.value?.senders ?? []}
        none="No sender yet."
        columns={[
          { title: 'Name', kind: 'value', cell: (sender) => sender.name },
          { title: 'Input', cell: (sender) => sender.input },
          { title: 'Added (UTC)', kind: 'when', cell: (sender) => <When time={sender.added} /> },
          { title: '', kind: 'act', cell: (sender) => admin && <Sure what="Remove" act={() => remove(sender)} /> },
        ]}
      />
    </>
  );
}
