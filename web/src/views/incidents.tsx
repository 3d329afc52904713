// The incidents: a short list, what is lost most if nobody looks first, and one of them with why its alerts belong together.
import { useState } from 'preact/hooks';
import type { PageProps } from '../main';
import { useLoaded } from '../load';
import { Choice, Level, Table, Trouble, When } from '../parts/parts';
import { goTo, linkTo } from '../route';
import { type Evidence, type Incident, type IncidentList, type IncidentProcess, levels, mayAs, statuses } from '../shapes';
import { numberText, percentText, wordText } from '../text';
import { CaseSection, SplitForm, standingText, useActs } from './case';
import { type Noise, SuppressSection } from './suppress';

const spans = [
  ['', 'any time'],
  ['24h', 'last 24 hours'],
  ['7d', 'last 7 days'],
  ['30d', 'last 30 days'],
] as const;
/// More of a page is no help; the alerts have it.
const shownLinks = 60;
const shownAlerts = 200;
const deepest = 12;
const commandLength = 160;

/// Encoded commands have thousands of characters; the whole is a hover away.
function Command({ text }: { text: string }) {
  return text.length <= commandLength ? <code>{text}</code> : <code title={text}>{text.slice(0, commandLength)}…</code>;
}

/// "a, b and 4 more", of names with how many more there are.
function some(names: string[], most = 3): string {
  return names.slice(0, most).join(', ') + (names.length > most ? ` and ${names.length - most} more` : '');
}

const standings = [['any', 'any'], ['open', 'open'], ...statuses.map((each) => [each, wordText(each)] as const)] as const;

export function IncidentsPage({ query, person }: PageProps) {
  const { level = '', since = '', status = 'open', whose = '' } = query;
  const wanted = { level, since, status };
  const choose = (change: Record<string, string>) => goTo(['incidents'], { ...wanted, whose, ...change });
  const parameters = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value !== '' && value !== 'any'));
  if (whose !== '') parameters.set('assignee', whose === 'mine' ? person.name : '');
  const loaded = useLoaded<IncidentList>('/api/v1/incidents?' + parameters.toString());
  const list = loaded.value;
  return (
    <>
      <h1>Incidents</h1>
      <Trouble text={loaded.problem} />
      <form class="line" onSubmit={(event) => event.preventDefault()}>
        <Choice label="Level, at least" value={level} set={(value) => choose({ level: value })} options={[['', 'all'], ...levels.map((each) => [each, each] as const)]} />
        <Choice label="With an alert in" value={since} set={(value) => choose({ since: value })} options={[...spans]} />
        <Choice label="Status" value={status} set={(value) => choose({ status: value })} options={[...standings]} />
        <Choice label="Whose" value={whose} set={(value) => choose({ whose: value })} options={[['', "anybody's"], ['mine', 'yours'], ['nobody', "nobody's"]]} />
        {list !== undefined && (
          <span class="quiet" role="status">
            {numberText(list.alert_count)} alerts are {numberText(list.incident_count)} incidents
            {list.fitting < list.incident_count && `, ${numberText(list.fitting)} fit`}
            {list.fitting > list.incidents.length && `; the ${numberText(list.incidents.length)} gravest are shown`}
            {list.suppressed_count > 0 && `; ${numberText(list.suppressed_count)} suppressed are left out`}
            {list.shadow_count > 0 && `; ${numberText(list.shadow_count)} of rules in shadow too`}
            {!list.whole && '; earlier alerts are not in them'}.
          </span>
        )}
      </form>
      {list === undefined ? (
        <p class="quiet">{loaded.problem === '' && 'Putting alerts together …'}</p>
      ) : (
        <Table
          rows={list.incidents}
          none="No incident fits."
          columns={[
            { title: 'Last alert (UTC)', kind: 'when', cell: (incident) => <When time={incident.last} /> },
            { title: 'Sure', kind: 'number', cell: (incident) => <span title={`between ${percentText(incident.low)} and ${percentText(incident.high)} as the machine sees it`}>{percentText(incident.judged)}</span> },
            { title: 'Loss', kind: 'number', cell: (incident) => incident.loss.toFixed(2) },
            { title: 'Level', cell: (incident) => <Level level={incident.level} /> },
            { title: 'Stands', kind: 'value', cell: (incident) => standingText(incident) },
            { title: 'Alerts', kind: 'number', cell: (incident) => numberText(incident.alert_count) },
            { title: 'Gravest rule', kind: 'value', cell: (incident) => <a href={linkTo(['incidents', incident.id])}>{incident.gravest_rule || 'no rule named'}</a> },
            { title: 'About', kind: 'value', cell: (incident) => some([...incident.hosts, ...incident.accounts].length > 0 ? [...incident.hosts, ...incident.accounts] : incident.addresses) },
            { title: 'Tactics', kind: 'value', cell: (incident) => <span class="quiet">{some(incident.tactics, 4)}</span> },
          ]}
        />
      )}
    </>
  );
}

/// Links over the same entity say the same: how many, and the weakest.
function grouped(links: Incident['links']) {
  const groups = new Map<string, { by: string; entity: string; count: number; weakest: number; merged: number }>();
  for (const link of links) {
    const many = link.by === 'event' || link.by === 'process';
    const entity = many ? (link.by === 'event' ? 'rules that matched one event' : 'processes and what they started') : link.entity;
    const group = groups.get(link.by + entity) ?? { by: link.by, entity, count: 0, weakest: 1, merged: 0 };
    group.count += 1;
    group.weakest = Math.min(group.weakest, link.strength);
    group.merged += link.merged ? 1 : 0;
    groups.set(link.by + entity, group);
  }
  return [...groups.values()];
}

/// Who started whom, as far as alerts say it: only what has a parent or a child here.
function Processes({ processes }: { processes: IncidentProcess[] }) {
  const key = (host: string, id: string) => host + ' ' + id;
  const known = new Set(processes.map((process) => key(process.host, process.id)));
  const children = new Map<string, IncidentProcess[]>();
  for (const process of processes) {
    const parent = key(process.host, process.parent);
    if (process.parent !== process.id && known.has(parent)) children.set(parent, [...(children.get(parent) ?? []), process]);
  }
  const isRoot = (process: IncidentProcess) => process.parent === process.id || !known.has(key(process.host, process.parent));
  const roots = processes.filter((process) => isRoot(process) && children.has(key(process.host, process.id)));
  if (roots.length === 0) return null;
  const Branch = ({ process, depth }: { process: IncidentProcess; depth: number }) => (
    <li>
      <Command text={process.command_line || process.path || process.id} /> {process.alerts > 0 && <span class="quiet">{numberText(process.alerts)} {process.alerts === 1 ? 'alert' : 'alerts'}</span>}
      {depth < deepest && (
        <ul>
          {(children.get(key(process.host, process.id)) ?? []).map((child) => (
            <Branch process={child} depth={depth + 1} />
          ))}
        </ul>
      )}
    </li>
  );
  return (
    <>
      <h2>Processes, by who started whom</h2>
      {[...new Set(roots.map((root) => root.host))].map((host) => (
        <div class="card scroll" style="margin-bottom:0.7rem">
          <b>{host}</b>
          <ul class="tree">
            {roots
              .filter((root) => root.host === host)
              .map((root) => (
                <Branch process={root} depth={0} />
              ))}
          </ul>
        </div>
      ))}
    </>
  );
}

function Names({ title, entities }: { title: string; entities: { value: string; alerts: number }[] }) {
  if (entities.length === 0) return null;
  return (
    <>
      <dt>{title}</dt>
      <dd>
        {some(
          entities.map((entity) => `${entity.value} (${numberText(entity.alerts)})`),
          8,
        )}
      </dd>
    </>
  );
}

/// With ticks for who may split it.
function Alerts({ incident, may, again }: { incident: Incident; may: boolean; again: () => void }) {
  const [ticked, setTicked] = useState<string[]>([]);
  const act = useActs(incident, again);
  const tick = (id: string) => setTicked((before) => (before.includes(id) ? before.filter((each) => each !== id) : [...before, id]));
  const ticks = may && incident.status !== 'closed' && incident.alert_count > 1;
  return (
    <>
      <h2>Alerts</h2>
      <SplitForm ticked={ticked} act={act} done={() => setTicked([])} />
      <Table
        rows={incident.alerts.slice(0, shownAlerts)}
        none=""
        columns={[
          ...(ticks ? [{ title: '', cell: (alert: Incident['alerts'][0]) => <input type="checkbox" aria-label={`choose ${alert.title}`} checked={ticked.includes(alert.id)} onChange={() => tick(alert.id)} /> }] : []),
          { title: 'Time (UTC)', kind: 'when', cell: (alert) => <When time={alert.time} /> },
          { title: 'Level', cell: (alert) => <Level level={alert.level} /> },
          { title: 'Rule', kind: 'value', cell: (alert) => <a href={linkTo(['alerts', alert.id])}>{alert.title}</a> },
          { title: 'Host', kind: 'value', cell: (alert) => alert.host },
        ]}
      />
      {incident.alert_count > shownAlerts && (
        <p class="quiet">
          The first {numberText(shownAlerts)} of {numberText(incident.alert_count)}.
        </p>
      )}
    </>
  );
}

/// Weights are log-odds: plus 0.7 doubles the odds.
function Reasons({ incident }: { incident: Incident }) {
  const columns = [
    { title: 'Weight', kind: 'number' as const, cell: (item: Evidence) => (item.weight > 0 ? '+' : '') + item.weight.toFixed(1) },
    { title: 'Because', kind: 'value' as const, cell: (item: Evidence) => item.why },
  ];
  return (
    <>
      <h2>Why it is that probable</h2>
      <Table rows={incident.evidence} none="" columns={columns} />
      <h3>
        Of <a href={linkTo(['alerts', incident.surest.alert])}>the surest alert</a>
      </h3>
      <Table rows={incident.surest.evidence} none="Nothing but what its rule is worth." columns={columns} />
      {incident.surest.missing.length > 0 && <p class="quiet">Its log does not say: {incident.surest.missing.join(', ')}. That widens the range.</p>}
    </>
  );
}

function noiseOf(incident: Incident): Noise {
  const named = (type: string, names: { value: string }[]) => names.map((name) => ({ type, value: name.value }));
  return { rules: incident.rules, entities: [...named('host', incident.hosts), ...named('user', incident.accounts), ...named('ip', incident.addresses)] };
}

export function IncidentPage({ path, person }: PageProps) {
  const id = path[0] ?? '';
  const loaded = useLoaded<Incident>(`/api/v1/incidents/${encodeURIComponent(id)}`);
  const incident = loaded.value;
  if (incident === undefined) return <>{loaded.problem === '' ? <p class="quiet">…</p> : <Trouble text={loaded.problem} />}</>;
  const links = grouped(incident.links);
  return (
    <>
      <p>
        <a href="#/incidents">All incidents</a>
      </p>
      <h1>{incident.rules[0]?.title ?? 'Incident'}</h1>
      <p class="story">{incident.story}</p>
      <dl class="pairs">
        <dt>an attack</dt>
        <dd>
          <b>{percentText(incident.confidence)}</b> <span class="quiet">between {percentText(incident.low)} and {percentText(incident.high)}</span>
          {incident.said !== undefined && <>; {percentText(incident.said)} says {incident.said_by}, and it is listed by that</>}
          {incident.said === undefined && incident.judged !== incident.confidence && <>; {percentText(incident.judged)} by what people said</>}
        </dd>
        <dt>level</dt>
        <dd>
          <Level level={incident.level} />
        </dd>
        <dt>from, to (UTC)</dt>
        <dd>
          <When time={incident.first} /> – <When time={incident.last} />
        </dd>
        <dt>incident</dt>
        <dd>
          <code>{incident.id}</code>
        </dd>
        <Names title="hosts" entities={incident.hosts} />
        <Names title="accounts" entities={incident.accounts} />
        <Names title="addresses" entities={incident.addresses} />
        {incident.names.length > 0 && (
          <>
            <dt>taken for one</dt>
            <dd>{some(incident.names, 8)}</dd>
          </>
        )}
      </dl>
      <CaseSection incident={incident} person={person} again={loaded.again} />
      <Reasons incident={incident} />
      <h2>Tactics, as they were first seen</h2>
      <Table
        rows={incident.stages}
        none="No rule says to which tactic of ATT&CK it belongs."
        columns={[
          { title: 'First (UTC)', kind: 'when', cell: (stage) => <When time={stage.first} /> },
          { title: 'Tactic', cell: (stage) => stage.tactic },
          { title: 'Alerts', kind: 'number', cell: (stage) => numberText(stage.alerts) },
          { title: 'Gravest rule', kind: 'value', cell: (stage) => stage.gravest_rule },
          { title: 'Techniques', kind: 'value', cell: (stage) => <span class="quiet">{some(stage.techniques, 4)}</span> },
        ]}
      />
      <h2>Rules</h2>
      <Table
        rows={incident.rules}
        none=""
        columns={[
          { title: 'Level', cell: (rule) => <Level level={rule.level} /> },
          { title: 'Alerts', kind: 'number', cell: (rule) => numberText(rule.alerts) },
          { title: 'Rule', kind: 'value', cell: (rule) => rule.title },
          { title: 'First (UTC)', kind: 'when', cell: (rule) => <When time={rule.first} /> },
        ]}
      />
      <Processes processes={incident.processes} />
      <h2>Why these alerts belong together</h2>
      <Table
        rows={links.slice(0, shownLinks)}
        none="It is one alert."
        columns={[
          { title: 'The same', cell: (link) => link.by },
          { title: '', kind: 'value', cell: (link) => link.entity },
          { title: 'Links', kind: 'number', cell: (link) => numberText(link.count) },
          { title: 'Weakest', kind: 'number', cell: (link) => link.weakest.toFixed(2) },
          { title: '', cell: (link) => link.merged > 0 && `made ${link.merged + 1} incidents one` },
        ]}
      />
      {links.length > shownLinks && <p class="quiet">and {numberText(links.length - shownLinks)} more entities</p>}
      {incident.related.length > 0 && (
        <>
          <h2>Other incidents with something in common</h2>
          <Table
            rows={incident.related}
            none=""
            columns={[
              { title: 'Incident', cell: (related) => <a href={linkTo(['incidents', related.id])}>{related.id.slice(0, 12)}</a> },
              { title: 'Over', kind: 'value', cell: (related) => <code>{related.entity}</code> },
            ]}
          />
        </>
      )}
      {incident.next.length > 0 && mayAs(person, 'analyst') && (
        <>
          <h2>What to look at next</h2>
          <ul>
            {incident.next.map((look) => (
              <li>
                <a href={linkTo(['search'], { q: look.query, since: 'any' })}>{look.what}</a>
              </li>
            ))}
          </ul>
        </>
      )}
      {incident.similar.length > 0 && (
        <>
          <h2>Closed ones that were like it</h2>
          <Table
            rows={incident.similar}
            none=""
            columns={[
              { title: 'Incident', cell: (similar) => <a href={linkTo(['incidents', similar.id])}>{similar.id.slice(0, 12)}</a> },
              { title: 'Was', cell: (similar) => wordText(similar.classification) },
              { title: 'Rules in common', kind: 'number', cell: (similar) => numberText(similar.rules) },
              { title: 'Alike', kind: 'number', cell: (similar) => `${Math.round(100 * similar.similarity)} %` },
              { title: 'Last (UTC)', kind: 'when', cell: (similar) => <When time={similar.last} /> },
            ]}
          />
        </>
      )}
      <SuppressSection noise={noiseOf(incident)} person={person} />
      <Alerts incident={incident} may={mayAs(person, 'analyst')} again={loaded.again} />
    </>
  );
}
