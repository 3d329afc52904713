// Searches of what is stored, in the query language of `tocsin search` or in SQL. Rows appear as they are found.
import { useEffect, useRef, useState } from 'preact/hooks';
import { isProblem, lines, messageOf } from '../api';
import type { PageProps } from '../main';
import { Choice, Field, Trouble } from '../parts/parts';
import { goTo } from '../route';
import { numberText, timeText, valueText } from '../text';

/// Rows that the page holds; a table of more is no answer to anybody.
const rowsMax = 1000;
const spans = [
  ['1h', 'last hour'],
  ['24h', 'last 24 hours'],
  ['7d', 'last 7 days'],
  ['30d', 'last 30 days'],
  ['any', 'any time'], // a link leaves out what is empty
] as const;

type Row = Record<string, unknown>;
interface Found {
  rows: Row[];
  running: boolean;
  cut: boolean; // ended by us: there were more rows
  trouble: string;
}
const nothing: Found = { rows: [], running: false, cut: false, trouble: '' };

function useSearch(text: string, since: string, language: string): { found: Found; stop: () => void } {
  const [found, setFound] = useState(nothing);
  const running = useRef<AbortController>();
  useEffect(() => {
    if (text === '' && language === 'sql') return undefined;
    const stop = new AbortController();
    running.current = stop;
    const rows: Row[] = [];
    let end: Row | undefined;
    let painted = 0;
    const paint = (rest: Partial<Found>) => setFound({ rows: rows.slice(), running: true, cut: false, trouble: '', ...rest });
    const take = (row: Row) => {
      if (row.schema === 'tocsin.search_end/1') {
        end = row;
        return;
      }
      if (rows.length < rowsMax) rows.push(row);
      else stop.abort('enough');
      if (performance.now() - painted > 200) {
        painted = performance.now();
        paint({});
      }
    };
    paint({});
    const from = since === 'any' ? '' : since;
    const body = language === 'sql' ? { sql: text, since: from, format: 'ndjson' } : { query: text, since: from, format: 'ndjson' };
    lines('/api/v1/search', body, take, stop.signal)
      .then(() => paint({ running: false, trouble: valueText(end?.trouble) }))
      .catch((error) => {
        if (stop.signal.reason === 'gone') return;
        const enough = stop.signal.aborted;
        paint({ running: false, cut: enough, trouble: enough ? '' : messageOf(error) });
        if (isProblem(error, 401)) window.dispatchEvent(new Event('tocsin-logged-out'));
      });
    return () => stop.abort('gone');
  }, [text, since, language]);
  return { found, stop: () => running.current?.abort('stopped') };
}

function Cell({ name, value }: { name: string; value: unknown }) {
  if ((name === 'time' || name === 'received') && typeof value === 'string') return <>{timeText(value)}</>;
  return <code>{valueText(value)}</code>;
}

function Rows({ rows }: { rows: Row[] }) {
  // Columns that are empty in every row say nothing.
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) => rows.some((row) => valueText(row[name]) !== ''));
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            {names.map((name) => (
              <th scope="col">{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              {names.map((name) => (
                <td class={typeof row[name] === 'number' ? 'number' : name === 'time' ? 'when' : 'value'}>
                  <Cell name={name} value={row[name]} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function SearchPage({ query }: PageProps) {
  const asked = query.q ?? '';
  const since = query.since ?? '24h';
  const language = query.in === 'sql' ? 'sql' : 'query';
  const [text, setText] = useState(asked);
  const [span, setSpan] = useState(since);
  const [kind, setKind] = useState<string>(language);
  const { found, stop } = useSearch(query.q === undefined ? '' : asked, since, query.q === undefined ? 'sql' : language);
  const submit = (event: Event) => {
    event.preventDefault();
    goTo(['search'], { q: text === '' ? '*' : text, since: span, in: kind });
  };
  return (
    <>
      <h1>Search</h1>
      <form class="line" onSubmit={submit}>
        <Field label={kind === 'sql' ? 'SQL over the table events' : 'Query'} value={text} set={setText} wide focus hint={kind === 'sql' ? 'select host, count(*) from events group by host' : 'image:*\\powershell.exe and not user:SYSTEM | count by host'} />
        <Choice label="Time" value={span} set={setSpan} options={[...spans]} />
        <Choice label="Language" value={kind} set={setKind} options={[['query', 'query'], ['sql', 'SQL']]} />
        <button class="main">Search</button>
        {found.running && (
          <button type="button" onClick={stop}>
            Stop
          </button>
        )}
      </form>
      <Trouble text={found.trouble} />
      {query.q !== undefined && (
        <p class="quiet" role="status">
          {numberText(found.rows.length)} rows{found.running ? ' so far …' : found.cut ? '; there are more: narrow the search, or use tocsin search on the machine' : ''}
        </p>
      )}
      {found.rows.length > 0 && <Rows rows={found.rows} />}
      {query.q === undefined && (
        <p class="quiet">
          Words are looked for anywhere; <code>field:value</code> compares a field, with * and ? as wildcards; <code>and</code>, <code>or</code>, <code>not</code>, parentheses; then{' '}
          <code>| count by host</code>, <code>| top user</code>, <code>| timeline 1h</code>, <code>| fields time, image</code>.
        </p>
      )}
    </>
  );
}
