// Who changed what, newest first.
import { useEffect, useState } from 'preact/hooks';
import { call, messageOf } from '../api';
import type { PageProps } from '../main';
import { Table, Trouble, When } from '../parts/parts';

interface Line {
  number: number;
  time: string;
  who: string;
  address: string;
  action: string;
  object: string;
  detail: string;
}
const pageLines = 100;

export function AuditPage(_props: PageProps) {
  const [lines, setLines] = useState<Line[]>([]);
  const [ended, setEnded] = useState(false);
  const [problem, setProblem] = useState('');
  const load = (before: number) => {
    call<{ lines: Line[] }>('GET', `/api/v1/audit?limit=${pageLines}${before > 0 ? `&before=${before}` : ''}`)
      .then((page) => {
        setLines((known) => (before > 0 ? [...known, ...page.lines] : page.lines));
        setEnded(page.lines.length < pageLines);
      })
      .catch((error) => setProblem(messageOf(error)));
  };
  useEffect(() => load(0), []);
  return (
    <>
      <h1>Audit log</h1>
      <Trouble text={problem} />
      <Table
        rows={lines}
        none="Nothing was changed yet."
        columns={[
          { title: 'Time (UTC)', kind: 'when', cell: (line) => <When time={line.time} /> },
          { title: 'Who', kind: 'value', cell: (line) => line.who },
          { title: 'From', cell: (line) => line.address },
          { title: 'What', cell: (line) => line.action },
          { title: 'Whom or what', kind: 'value', cell: (line) => line.object },
          { title: 'Detail', kind: 'value', cell: (line) => line.detail },
        ]}
      />
      {!ended && lines.length > 0 && (
        <p>
          <button type="button" onClick={() => load(lines[lines.length - 1]?.number ?? 0)}>
            Older
          </button>
        </p>
      )}
    </>
  );
}
