// The alerts: a list that grows as they come, and one of them with its reasons and its records.
import { useEffect, useState } from 'preact/hooks';
import { call, messageOf } from '../api';
import type { PageProps } from '../main';
import { useLoaded } from '../load';
import { Choice, Level, Table, Trouble, When } from '../parts/parts';
import { goTo, linkTo } from '../route';
import { type Alert, type AlertPage as Page, entityText, type Explained, levels, logSourceText, mayAs } from '../shapes';
import { numberText, valueText } from '../text';
import { VerdictSection } from './case';
import { SuppressSection } from './suppress';

/// Alerts that one page holds while it is open; older ones are a click away.
const shownMax = 2000;
const spans = [
  ['', 'any time'],
  ['1h', 'last hour'],
  ['24h', 'last 24 hours'],
  ['7d', 'last 7 days'],
  ['30d', 'last 30 days'],
] as const;

interface Feed {
  alerts: Alert[];
  next: string | null;
  problem: string;
  live: boolean;
  older: () => void;
}

/// One page from the service, then what comes while it is shown.
function useFeed(level: string, since: string): Feed {
  const [alerts, setAlerts] = useState<Alert[]>([]);
  const [next, setNext] = useState<string | null>(null);
  const [problem, setProblem] = useState('');
  const [live, setLive] = useState(false);
  const path = (cursor: string) => '/api/v1/alerts?' + new URLSearchParams(Object.entries({ level, since, cursor }).filter(([, value]) => value !== '')).toString();
  useEffect(() => {
    const stop = new AbortController();
    let stream: EventSource | undefined;
    const follow = (after: number) => {
      stream = new EventSource('/api/v1/alerts/stream?' + new URLSearchParams({ after: String(after), ...(level === '' ? {} : { level }) }).toString());
      stream.onopen = () => setLive(true);
      stream.onerror = () => setLive(false);
      const take = (event: MessageEvent) => {
        const alert = JSON.parse(event.data) as Alert;
        setAlerts((known) => (known.some((each) => each.id === alert.id) ? known : [alert, ...known].slice(0, shownMax)));
      };
      stream.onmessage = take;
      stream.addEventListener('alert', take);
    };
    setAlerts([]);
    call<Page>('GET', path(''), undefined, stop.signal)
      .then((page) => {
        setAlerts(page.alerts);
        setNext(page.next);
        setProblem('');
        if (!stop.signal.aborted) follow(page.last_event_id);
      })
      .catch((error) => stop.signal.aborted || setProblem(messageOf(error)));
    return () => {
      stop.abort();
      stream?.close();
    };
  }, [level, since]);
  const older = () => {
    call<Page>('GET', path(next ?? ''))
      .then((page) => {
        setAlerts((known) => [...known, ...page.alerts]);
        setNext(page.next);
      })
      .catch((error) => setProblem(messageOf(error)));
  };
  return { alerts, next, problem, live, older };
}

export function AlertsPage({ query }: PageProps) {
  const level = query.level ?? '';
  const since = query.since ?? '';
  const feed = useFeed(level, since);
  return (
    <>
      <h1>Alerts</h1>
      <Trouble text={feed.problem} />
      <form class="line" onSubmit={(event) => event.preventDefault()}>
        <Choice label="Level, at least" value={level} set={(value) => goTo(['alerts'], { level: value, since })} options={[['', 'all'], ...levels.map((each) => [each, each] as const)]} />
        <Choice label="Time" value={since} set={(value) => goTo(['alerts'], { level, since: value })} options={[...spans]} />
        <span class="quiet" role="status">
          {feed.live ? 'New ones appear by themselves.' : 'Connecting for new ones …'}
        </span>
      </form>
      <Table
        rows={feed.alerts}
        none="No alert fits."
        columns={[
          { title: 'Time (UTC)', kind: 'when', cell: (alert) => <When time={alert.time} /> },
          { title: 'Level', cell: (alert) => <Level level={alert.rule.level} /> },
          { title: 'Rule', kind: 'value', cell: (alert) => <a href={linkTo(['alerts', alert.id])}>{alert.rule.title}</a> },
          { title: 'Host', kind: 'value', cell: (alert) => entityText(alert, 'host') },
          { title: 'User', kind: 'value', cell: (alert) => entityText(alert, 'user') },
          { title: 'Source', kind: 'value', cell: (alert) => <span class="quiet">{(alert.event ?? alert.events?.[0])?.source}</span> },
        ]}
      />
      {feed.next !== null && (
        <p>
          <button type="button" onClick={feed.older}>
            Older
          </button>
        </p>
      )}
    </>
  );
}

function Correlation({ alert }: { alert: Alert }) {
  const found = alert.correlation;
  if (found === undefined) return null;
  return (
    <p>
      {found.type.replace('_', ' ')} of {numberText(found.value)} within {found.timespan_us / 1e6} s
      {found.group_by.length > 0 && ' for ' + found.group_by.map((group) => `${group.field} = ${group.value}`).join(', ')}
      {found.folded > 0 && `; ${numberText(found.folded)} earlier matches of this group made no alert of their own`}
    </p>
  );
}

/// JSON as a list of fields, anything else as it came.
function Record({ raw }: { raw: string }) {
  let parsed: unknown;
  try {
    parsed = JSON.parse(raw);
  } catch {
    parsed = undefined;
  }
  return <pre>{typeof parsed === 'object' ? JSON.stringify(parsed, null, 2) : raw}</pre>;
}

function Records({ id }: { id: string }) {
  const loaded = useLoaded<Explained>(`/api/v1/alerts/${encodeURIComponent(id)}/explain`);
  if (loaded.problem !== '') return <Trouble text={loaded.problem} />;
  if (loaded.value === undefined) return <p class="quiet">Looking for the records …</p>;
  const { records, events, trouble } = loaded.value;
  return (
    <>
      <Trouble text={trouble ?? ''} />
      {records.length === 0 && <p class="quiet">They are not kept any more.</p>}
      {records.length > 0 && records.length < events && (
        <p class="quiet">
          {records.length} of {numberText(events)}
        </p>
      )}
      {records.map((record) => (
        <div class="card" style="margin-bottom:0.7rem">
          <p class="quiet" style="margin-top:0">
            {record.id}, received <When time={record.received} />
          </p>
          <Record raw={record.raw} />
        </div>
      ))}
    </>
  );
}

export function AlertPage({ path, person }: PageProps) {
  const id = path[0] ?? '';
  const loaded = useLoaded<Alert>(`/api/v1/alerts/${encodeURIComponent(id)}`);
  const alert = loaded.value;
  if (alert === undefined) return <>{loaded.problem === '' ? <p class="quiet">…</p> : <Trouble text={loaded.problem} />}</>;
  const { rule } = alert;
  return (
    <>
      <p>
        <a href="#/alerts">All alerts</a>
      </p>
      <h1>{rule.title}</h1>
      <dl class="pairs">
        <dt>level</dt>
        <dd>
          <Level level={rule.level} />
        </dd>
        <dt>time (UTC)</dt>
        <dd>
          <When time={alert.time} />
        </dd>
        <dt>about</dt>
        <dd>{alert.entities.map((entity) => `${entity.type} ${entity.value}`).join(', ') || 'nothing named'}</dd>
        <dt>log source</dt>
        <dd>{logSourceText((alert.event ?? alert.events?.[0])?.log_source)}</dd>
        <dt>rule</dt>
        <dd>
          <code>{rule.id}</code> ({rule.status}) {rule.author !== '' && `by ${rule.author}`}
        </dd>
        <dt>tags</dt>
        <dd>{rule.tags.join(', ') || 'none'}</dd>
        {rule.references.length > 0 && (
          <>
            <dt>to read</dt>
            <dd>
              {rule.references.map((reference) => (
                <div>{/^https?:\/\//.test(reference) ? <a href={reference} rel="noreferrer noopener" target="_blank">{reference}</a> : reference}</div>
              ))}
            </dd>
          </>
        )}
      </dl>
      <VerdictSection alert={alert.id} person={person} />
      <SuppressSection noise={{ rules: [alert.rule], entities: alert.entities }} person={person} />
      <h2>Why</h2>
      <Correlation alert={alert} />
      {alert.matched.length > 0 && (
        <Table
          rows={alert.matched}
          none=""
          columns={[
            { title: 'Selection', cell: (match) => match.selection },
            { title: 'Field', cell: (match) => [match.field || 'any text', ...match.modifiers].join(' | ') },
            { title: 'The rule asks for', kind: 'value', cell: (match) => <code>{match.pattern}</code> },
            { title: 'The event has', kind: 'value', cell: (match) => <code>{valueText(match.value)}</code> },
          ]}
        />
      )}
      <h2>{alert.events === undefined ? 'Record' : 'Records'}</h2>
      {mayAs(person, 'analyst') ? <Records id={alert.id} /> : <p class="quiet">Records are for analysts.</p>}
    </>
  );
}
