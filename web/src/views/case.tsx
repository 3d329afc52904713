// What people do to an incident, and say of alerts: where it stands, what is to be done, who did what, and the forms for it.
import { useState } from 'preact/hooks';
import { call } from '../api';
import { useLoaded } from '../load';
import { Choice, Field, Sure, Table, Trouble, useSending, When } from '../parts/parts';
import { linkTo } from '../route';
import { type AlertCase, type Incident, mayAs, type Person, statuses, verdicts } from '../shapes';
import { actText, wordText } from '../text';
import { Attachments } from './attachments';

type Wanted = Record<string, unknown>;

/// Does something to an incident, and asks for it anew.
export function useActs(incident: { id: string }, again: () => void) {
  return (wanted: Wanted) => call('POST', `/api/v1/incidents/${encodeURIComponent(incident.id)}/acts`, wanted).then(again);
}

export function standingText(incident: { status: string; classification: string; assignee: string }): string {
  const status = wordText(incident.status) + (incident.classification === '' ? '' : `: ${wordText(incident.classification)}`);
  return incident.assignee === '' ? status : `${status}, ${incident.assignee}`;
}

const verdictChoices = verdicts.map((each) => [each, wordText(each)] as const);

function StatusForm({ incident, person, act }: { incident: Incident; person: Person; act: (wanted: Wanted) => Promise<unknown> }) {
  const [status, setStatus] = useState<string>(incident.status);
  const [verdict, setVerdict] = useState('');
  const [why, setWhy] = useState('');
  const closes = status === 'closed' && status !== incident.status;
  const saving = useSending(() => act({ act: 'status', status, ...(closes ? { verdict } : {}), ...(why === '' ? {} : { text: why }) }).then(() => setWhy('')));
  const taking = useSending(() => act({ act: 'assign', to: incident.assignee === person.name ? '' : person.name }));
  return (
    <form class="line" onSubmit={saving.submit}>
      <Choice label="Status" value={status} set={setStatus} options={statuses.map((each) => [each, wordText(each)] as const)} />
      {closes && <Choice label="It was" value={verdict} set={setVerdict} options={[['', 'choose …'], ...verdictChoices]} />}
      <Field label="Why" value={why} set={setWhy} wide />
      <button type="submit" class="main" disabled={saving.busy || status === incident.status || (closes && verdict === '')}>
        {closes ? 'Close' : 'Set'}
      </button>
      <button type="button" disabled={taking.busy} onClick={taking.submit}>
        {incident.assignee === person.name ? 'Give it back' : 'Take it'}
      </button>
      <Trouble text={saving.problem || taking.problem} />
    </form>
  );
}

function NoteForm({ act }: { act: (wanted: Wanted) => Promise<unknown> }) {
  const [text, setText] = useState('');
  const say = (kind: string) => act({ act: kind, text }).then(() => setText(''));
  const comment = useSending(() => say('comment'));
  const task = useSending(() => say('task'));
  const idle = text.trim() === '' || comment.busy || task.busy;
  return (
    <form class="line" onSubmit={comment.submit}>
      <Field label="Comment, or what is to be done" value={text} set={setText} wide />
      <button type="submit" disabled={idle}>
        Comment
      </button>
      <button type="button" disabled={idle} onClick={task.submit}>
        Add as a task
      </button>
      <Trouble text={comment.problem || task.problem} />
    </form>
  );
}

/// In percent, as it is shown.
function ConfidenceForm({ act }: { act: (wanted: Wanted) => Promise<unknown> }) {
  const [percent, setPercent] = useState('');
  const [why, setWhy] = useState('');
  const confidence = Number(percent) / 100;
  const sending = useSending(() =>
    act({ act: 'confidence', confidence, text: why }).then(() => {
      setPercent('');
      setWhy('');
    }),
  );
  return (
    <form class="line" onSubmit={sending.submit}>
      <Field label="How probable you think it is, in percent" value={percent} set={setPercent} />
      <Field label="Why" value={why} set={setWhy} wide />
      <button type="submit" disabled={sending.busy || percent.trim() === '' || !(confidence >= 0 && confidence <= 1) || why.trim() === ''}>
        List it by that
      </button>
      <Trouble text={sending.problem} />
    </form>
  );
}

function MergeForm({ act }: { act: (wanted: Wanted) => Promise<unknown> }) {
  const [other, setOther] = useState('');
  const merging = useSending(() => act({ act: 'merge', other }).then(() => setOther('')));
  return (
    <form class="line" onSubmit={merging.submit}>
      <Field label="Merge another incident into this one (its id)" value={other} set={setOther} wide />
      <button type="submit" disabled={merging.busy || other.trim().length < 6}>
        Merge
      </button>
      <Trouble text={merging.problem} />
    </form>
  );
}

/// Of the alerts that are ticked.
export function SplitForm({ ticked, act, done }: { ticked: string[]; act: (wanted: Wanted) => Promise<unknown>; done: () => void }) {
  const [other, setOther] = useState('');
  const splitting = useSending(() => act({ act: 'split', alerts: ticked }).then(done));
  const moving = useSending(() => act({ act: 'move', alerts: ticked, other }).then(done));
  if (ticked.length === 0) return null;
  return (
    <form class="line" onSubmit={splitting.submit}>
      <button type="submit" disabled={splitting.busy}>
        Split {ticked.length} off
      </button>
      <Field label="or move them to (an incident's id)" value={other} set={setOther} />
      <button type="button" disabled={moving.busy || other.trim().length < 6} onClick={moving.submit}>
        Move
      </button>
      <Trouble text={splitting.problem || moving.problem} />
    </form>
  );
}

export function CaseSection({ incident, person, again }: { incident: Incident; person: Person; again: () => void }) {
  const act = useActs(incident, again);
  const may = mayAs(person, 'analyst');
  const open = incident.status !== 'closed';
  return (
    <>
      <h2>The case</h2>
      <p class="standing">{standingText(incident)}</p>
      {may && <StatusForm key={incident.act_count} incident={incident} person={person} act={act} />}
      {may && <NoteForm act={act} />}
      {may && <ConfidenceForm act={act} />}
      {may && open && <MergeForm act={act} />}
      {incident.tasks.length > 0 && (
        <Table
          rows={incident.tasks}
          none=""
          columns={[
            { title: 'To do', kind: 'value', cell: (task) => (task.done ? <s>{task.text}</s> : task.text) },
            { title: 'Asked by', cell: (task) => task.who },
            { title: '', kind: 'act', cell: (task) => may && !task.done && <button type="button" onClick={() => void act({ act: 'done', of: task.act })}>Done</button> },
          ]}
        />
      )}
      <Attachments incident={incident} person={person} again={again} />
      {incident.acts.length > 0 && (
        <Table
          rows={[...incident.acts].reverse()}
          none=""
          columns={[
            { title: 'Act', kind: 'number', cell: (each) => each.number },
            { title: 'When (UTC)', kind: 'when', cell: (each) => <When time={each.time} /> },
            { title: 'Who', cell: (each) => each.who },
            { title: 'What', kind: 'value', cell: (each) => (each.counts ? <>{actText(each)}{each.text !== undefined && <>: {each.text}</>}</> : <s>{actText(each)}</s>) },
            { title: '', kind: 'act', cell: (each) => may && each.counts && each.act !== 'attach' && each.act !== 'detach' && <Sure what="Take back" act={() => act({ act: 'undo', of: each.number })} /> },
          ]}
        />
      )}
    </>
  );
}

/// Beside an alert: what was said of it, the incident that it is in, and the form to say something.
export function VerdictSection({ alert, person }: { alert: string; person: Person }) {
  const loaded = useLoaded<AlertCase>(`/api/v1/alerts/${encodeURIComponent(alert)}/case`);
  const [verdict, setVerdict] = useState('');
  const [why, setWhy] = useState('');
  const sending = useSending(() =>
    call('POST', '/api/v1/verdicts', { alerts: [alert], verdict, ...(why === '' ? {} : { text: why }) }).then(() => {
      setVerdict('');
      setWhy('');
      loaded.again();
    }),
  );
  if (loaded.value === undefined) return <Trouble text={loaded.problem} />;
  const { incident, said } = loaded.value;
  return (
    <>
      <h2>Verdict</h2>
      <p>
        {said === null || loaded.value.verdict === 'none' ? (
          'Nobody has said what it is.'
        ) : (
          <>
            <b>{wordText(loaded.value.verdict)}</b>, says {said.who} {loaded.value.of_incident && 'of the whole incident '}(<When time={said.time} />){said.text !== undefined && <>: {said.text}</>}
          </>
        )}{' '}
        {incident !== null && <a href={linkTo(['incidents', incident])}>The incident that it is in</a>}
      </p>
      {mayAs(person, 'analyst') && (
        <form class="line" onSubmit={sending.submit}>
          <Choice label="It is" value={verdict} set={setVerdict} options={[['', 'choose …'], ...verdictChoices, ['none', 'nothing any more']]} />
          <Field label="Why" value={why} set={setWhy} wide />
          <button type="submit" class="main" disabled={sending.busy || verdict === ''}>
            Say so
          </button>
          <Trouble text={sending.problem} />
        </form>
      )}
    </>
  );
}
