// The form that has alerts reach nobody for a while: beside an alert and an incident, about a rule, one of the entities or both. It says what it would have hidden before anybody may press the button; an attack among that is red, and
// the service refuses it.
import { useEffect, useState } from 'preact/hooks';
import { call, messageOf } from '../api';
import { Choice, Field, Trouble, useSending, When } from '../parts/parts';
import { linkTo } from '../route';
import { mayAs, type Person, type Suppression, type SuppressionPreview } from '../shapes';
import { numberText } from '../text';

const ends = [
  ['1440', '1 day'],
  ['10080', '7 days'],
  ['43200', '30 days'],
  ['129600', '90 days'],
] as const;
const windows = [
  ['', 'all'],
  ['60', 'but the first in an hour'],
  ['1440', 'but the first in a day'],
] as const;
/// In the order in which one would choose them.
const kinds = ['host', 'user', 'ip', 'process', 'file', 'domain', 'mailbox', 'cloud_resource'];

/// What it may be about: rules that made alerts, and what those name.
export interface Noise {
  rules: { id: string; title: string }[];
  entities: { type: string; value: string }[];
}

function known(entities: Noise['entities']): Noise['entities'] {
  return entities.filter((entity) => kinds.includes(entity.type)).sort((one, other) => kinds.indexOf(one.type) - kinds.indexOf(other.type)).slice(0, 24);
}

function Preview({ preview }: { preview: SuppressionPreview }) {
  const hosts = preview.hosts > 0 ? ` on ${numberText(preview.hosts)} ${preview.hosts === 1 ? 'host' : 'hosts'}` : '';
  const attacks = preview.true_positive_count;
  return (
    <div role="status">
      <p>
        Of the last {preview.days} days of alerts it would have hidden{' '}
        <b>
          {numberText(preview.alerts)} {preview.alerts === 1 ? 'alert' : 'alerts'}
        </b>
        {hosts}
        {preview.whole ? '.' : ', of the newest 50,000.'}
      </p>
      {attacks > 0 && (
        <div class="problem">
          <b>
            {attacks === 1 ? 'An attack is among them' : `${numberText(attacks)} alerts of attacks are among them`}, and so it is refused:
          </b>
          <ul>
            {preview.true_positives.map((each) => (
              <li>
                <a href={linkTo(['alerts', each.id])}>{each.title}</a> <When time={each.time} />
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

function Form({ noise, person, close }: { noise: Noise; person: Person; close: () => void }) {
  const entities = known(noise.entities);
  const [rule, setRule] = useState(noise.rules[0]?.id ?? '');
  const [about, setAbout] = useState(entities.length > 0 ? '0' : '');
  const [minutes, setMinutes] = useState('10080');
  const [window, setWindow] = useState('');
  const [owner, setOwner] = useState(person.name);
  const [reason, setReason] = useState('');
  const [preview, setPreview] = useState<SuppressionPreview>();
  const [problem, setProblem] = useState('');
  const [made, setMade] = useState<Suppression & { warning?: string }>();
  const entity = about === '' ? undefined : entities[Number(about)];
  const wanted = {
    ...(rule === '' ? {} : { rule }),
    ...(entity === undefined ? {} : { entity_type: entity.type, entity: entity.value }),
    ...(window === '' ? {} : { window_minutes: Number(window) }),
    minutes: Number(minutes),
  };
  const everything = rule === '' && entity === undefined;
  const key = JSON.stringify(wanted);
  useEffect(() => {
    const stop = new AbortController();
    setPreview(undefined);
    setProblem(everything ? 'Choose a rule, or what it is about.' : '');
    if (everything) return;
    call<SuppressionPreview>('POST', '/api/v1/suppressions', { ...JSON.parse(key), owner: 'nobody yet', reason: 'to see what it would hide', dry_run: true }, stop.signal)
      .then(setPreview)
      .catch((error) => {
        if (!stop.signal.aborted) setProblem(messageOf(error));
      });
    return () => stop.abort();
  }, [key]);
  const sending = useSending(() => call<Suppression & { warning?: string }>('POST', '/api/v1/suppressions', { ...wanted, owner, reason }).then(setMade));
  if (made !== undefined) {
    return (
      <p role="status">
        Suppression {made.number} holds until <When time={made.until} />. <a href={linkTo(['rules'])}>All that is suppressed</a>, where it is taken back. {made.warning !== undefined && <b>{made.warning}</b>}
      </p>
    );
  }
  return (
    <>
      <form class="line" onSubmit={sending.submit}>
        <Choice label="Suppress alerts of" value={rule} set={setRule} options={[...noise.rules.map((each) => [each.id, each.title] as const), ['', 'any rule']]} />
        <Choice label="About" value={about} set={setAbout} options={[...entities.map((each, at) => [String(at), `${each.type} ${each.value}`] as const), ['', 'anything']]} />
        <Choice label="For" value={minutes} set={setMinutes} options={[...ends]} />
        <Choice label="Hide" value={window} set={setWindow} options={[...windows]} />
        <Field label="Owner" value={owner} set={setOwner} required />
        <Field label="Reason" value={reason} set={setReason} wide required />
        <button type="submit" class="main" disabled={sending.busy || owner.trim() === '' || reason.trim() === '' || preview === undefined || preview.true_positive_count > 0}>
          Suppress
        </button>
        <button type="button" onClick={close}>
          Leave it
        </button>
        <Trouble text={sending.problem || problem} />
      </form>
      {preview === undefined ? problem === '' && <p class="quiet">Looking at the last 30 days …</p> : <Preview preview={preview} />}
    </>
  );
}

/// Two clicks: the first shows what it would hide, the second does it.
export function SuppressSection({ noise, person }: { noise: Noise; person: Person }) {
  const [open, setOpen] = useState(false);
  if (!mayAs(person, 'analyst')) return null;
  return (
    <>
      <h2>Too many of these?</h2>
      {open ? (
        <Form noise={noise} person={person} close={() => setOpen(false)} />
      ) : (
        <p>
          <button type="button" onClick={() => setOpen(true)}>
            Suppress such alerts …
          </button>{' '}
          <span class="quiet">For a while, with an owner and a reason; first it says what it would have hidden. To tune a rule for good, give verdicts (tocsin tune).</span>
        </p>
      )}
    </>
  );
}
