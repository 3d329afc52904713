// Is anything wrong, what is arriving, and what was found lately: what one wants to see first.
import { useMemo } from 'preact/hooks';
import type { PageProps } from '../main';
import { Level, Table, Trouble, When } from '../parts/parts';
import { useLoaded } from '../load';
import { linkTo } from '../route';
import { type AlertPage, entityText, levels, type Source, type Status } from '../shapes';
import { agoText, bytesText, clockText, durationText, numberText } from '../text';

const everySeconds = 5;
const shownAlerts = 8;
const shownSilences = 5;

function Tile({ title, value, link }: { title: string; value: string; link?: string }) {
  const inside = (
    <>
      <b>{value}</b>
      <span>{title}</span>
    </>
  );
  return link === undefined ? <div class="tile">{inside}</div> : <a class="tile" href={link}>{inside}</a>;
}

function Facts({ status }: { status: Status }) {
  const facts: [string, string][] = [];
  if (status.service) facts.push(['running', durationText(status.service.uptime_seconds)]);
  if (status.service?.previous?.graceful === false) facts.push(['before that', 'ended without a stop: a crash, a kill or a loss of power']);
  if (status.rules) facts.push(['rules in force', `${numberText(status.rules.rules)}, correlations ${numberText(status.rules.correlations)}, since ${agoText(status.rules.since, Date.now())}`]);
  if (status.reload) facts.push(['last reload', `${status.reload.taken ? 'taken' : 'refused'}: ${status.reload.message}`]);
  if (status.canary && status.canary.every_seconds > 0) facts.push(['last canary', status.canary.last_out === null ? 'none came out yet' : `came out ${agoText(status.canary.last_out, Date.now())}`]);
  if (status.queue) facts.push(['waiting', `${bytesText(status.queue.bytes)} for the journal, ${numberText(status.queue.to_look_at)} records for the rules, ${numberText(status.queue.to_store)} for the store`]);
  if (status.disk) facts.push(['disk', `journal ${bytesText(status.disk.journal_bytes)}, segments ${bytesText(status.disk.segment_bytes)}, state ${bytesText(status.disk.state_bytes)}; free ${bytesText(status.disk.free_bytes)}`]);
  return (
    <dl class="pairs">
      {facts.map(([name, text]) => (
        <>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </>
      ))}
    </dl>
  );
}

/// Of many at once the first are named: who reads this looks at the table anyway.
function silenceText(sources: Source[]) {
  const silent = sources.filter((source) => source.silent);
  const named = silent.slice(0, shownSilences).map((source) => `${source.source}: ${source.silent?.text ?? ''}`);
  if (silent.length > named.length) named.push(`and ${numberText(silent.length - named.length)} more`);
  return named.length === 0 ? '' : `Fallen silent: ${named.join('; ')}`;
}

export function OverviewPage({ person: _person }: PageProps) {
  const status = useLoaded<Status>('/api/v1/status', everySeconds);
  const alerts = useLoaded<AlertPage>('/api/v1/alerts?since=24h&limit=1000', everySeconds);
  const counts = useMemo(() => {
    const count: Record<string, number> = {};
    for (const alert of alerts.value?.alerts ?? []) count[alert.rule.level] = (count[alert.rule.level] ?? 0) + 1;
    return count;
  }, [alerts.value]);
  const more = alerts.value?.next ? '+' : '';
  const sources = status.value?.sources ?? [];
  return (
    <>
      <h1>Overview</h1>
      <Trouble text={status.problem || alerts.problem} />
      <Trouble text={status.value?.trouble ?? ''} />
      <Trouble text={silenceText(sources)} />
      <h2>Alerts of the last 24 hours</h2>
      <div class="tiles">
        {levels.map((level) => (
          <Tile title={level} value={numberText(counts[level] ?? 0) + (counts[level] ? more : '')} link={linkTo(['alerts'], { level })} />
        ))}
      </div>
      <h2>Newest</h2>
      <Table
        rows={(alerts.value?.alerts ?? []).slice(0, shownAlerts)}
        none="No alert in the last 24 hours."
        columns={[
          { title: 'Time (UTC)', kind: 'when', cell: (alert) => <When time={alert.time} /> },
          { title: 'Level', cell: (alert) => <Level level={alert.rule.level} /> },
          { title: 'Rule', kind: 'value', cell: (alert) => <a href={linkTo(['alerts', alert.id])}>{alert.rule.title}</a> },
          { title: 'Host', kind: 'value', cell: (alert) => entityText(alert, 'host') },
          { title: 'User', kind: 'value', cell: (alert) => entityText(alert, 'user') },
        ]}
      />
      <h2>Sources</h2>
      <Table
        rows={sources}
        none="Nothing was received yet. Senders are added under Senders; syslog is taken at once."
        columns={[
          { title: 'Source', kind: 'value', cell: (source) => source.source },
          { title: 'Received', kind: 'number', cell: (source) => numberText(source.received) },
          { title: 'Stored', kind: 'number', cell: (source) => numberText(source.stored) },
          { title: 'Refused', kind: 'number', cell: (source) => numberText(source.refused) },
          { title: 'Dropped', kind: 'number', cell: (source) => numberText(source.dropped) },
          { title: 'Not parsed', kind: 'number', cell: (source) => numberText(source.parse_failures) },
          { title: 'Lag', kind: 'number', cell: (source) => (source.lag_seconds > 0 ? durationText(source.lag_seconds) : 'none') },
          { title: 'Clock', kind: 'value', cell: (source) => clockText(source.clock_skew_seconds) },
          { title: 'Last seen', kind: 'when', cell: (source) => <When time={source.last_seen} /> },
        ]}
      />
      <p class="quiet">Received = stored + refused + dropped, for each source, exactly.</p>
      <h2>Service</h2>
      {status.value && <Facts status={status.value} />}
    </>
  );
}
