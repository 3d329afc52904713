// The rules in force, as one list that can be filtered; below, which of their alerts reach nobody.
import { useMemo, useState } from 'preact/hooks';
import { call } from '../api';
import type { PageProps } from '../main';
import { useLoaded } from '../load';
import { Choice, Field, Level, Sure, Table, Trouble, When } from '../parts/parts';
import { levels, logSourceText, type Rule, type Suppression } from '../shapes';
import { numberText } from '../text';

/// More than anyone reads; the filter makes it fewer.
const rowsMax = 300;

export function RulesPage(_props: PageProps) {
  const loaded = useLoaded<{ rules: Rule[]; in_force: number; rejected: number; filters: number; promoted: string[]; shadow_alerts: Record<string, number> }>('/api/v1/rules');
  const [text, setText] = useState('');
  const [level, setLevel] = useState('');
  const rules = useMemo(() => {
    const wanted = text.toLowerCase();
    return (loaded.value?.rules ?? []).filter(
      (rule) => (level === '' || rule.level === level) && `${rule.title} ${rule.id} ${rule.tags.join(' ')} ${logSourceText(rule.log_source)}`.toLowerCase().includes(wanted),
    );
  }, [loaded.value, text, level]);
  return (
    <>
      <h1>Rules in force</h1>
      <Trouble text={loaded.problem} />
      <form class="line" onSubmit={(event) => event.preventDefault()}>
        <Field label="Title, id, tag or log source" value={text} set={setText} wide />
        <Choice label="Level" value={level} set={setLevel} options={[['', 'all'], ...levels.map((each) => [each, each] as const)]} />
      </form>
      {loaded.value && (
        <p class="quiet">
          {numberText(rules.length)} of {numberText(loaded.value.in_force)}
          {loaded.value.rejected > 0 && `; ${numberText(loaded.value.rejected)} could not be loaded (tocsin rules check says why)`}
          {rules.length > rowsMax && `; the first ${rowsMax} are shown`}
        </p>
      )}
      <Table
        rows={rules.slice(0, rowsMax)}
        none={loaded.value ? 'No rule fits.' : '…'}
        columns={[
          { title: 'Level', cell: (rule) => <Level level={rule.level} /> },
          {
            title: 'Title',
            kind: 'value',
            cell: (rule) => (
              <>
                {rule.title}
                {rule.shadow && !loaded.value?.promoted.includes(rule.id) && <span class="quiet"> (in shadow: {numberText(loaded.value?.shadow_alerts[rule.id] ?? 0)} alerts reached nobody)</span>}
              </>
            ),
          },
          { title: 'Log source', cell: (rule) => logSourceText(rule.log_source) || rule.kind },
          { title: 'Tags', kind: 'value', cell: (rule) => <span class="quiet">{rule.tags.join(', ')}</span> },
          { title: 'Id', cell: (rule) => <code>{rule.id}</code> },
        ]}
      />
      <Suppressions />
    </>
  );
}

function Suppressions() {
  const loaded = useLoaded<{ suppressions: Suppression[] }>('/api/v1/suppressions');
  const about = (one: Suppression) => [one.rule && `rule ${one.rule}`, one.entity && `${one.entity.type} ${one.entity.value ?? 'each by itself'}`, one.window_minutes && `but for the first in ${one.window_minutes} minutes`].filter(Boolean).join(', ');
  return (
    <>
      <h2>Suppressed</h2>
      <Trouble text={loaded.problem} />
      <Table
        rows={[...(loaded.value?.suppressions ?? [])].reverse().slice(0, rowsMax)}
        none={loaded.value ? 'Nothing is suppressed (tocsin suppress add).' : '…'}
        columns={[
          { title: 'Number', cell: (one) => one.number },
          { title: 'Alerts', kind: 'value', cell: (one) => `${about(one)}, up to ${one.level_max}` },
          { title: 'Why', kind: 'value', cell: (one) => `${one.reason} (${one.owner})` },
          { title: 'Until (UTC)', kind: 'when', cell: (one) => <When time={one.until} /> },
          { title: 'Hidden', cell: (one) => `${numberText(one.hidden.alerts)} on ${numberText(one.hidden.hosts)} hosts` },
          { title: 'Broke through', cell: (one) => numberText(one.broke_through.level + one.broke_through.watched) },
          { title: '', kind: 'act', cell: (one) => (one.state === 'taken_back' ? 'taken back' : <Sure what="Take back" act={() => call('DELETE', `/api/v1/suppressions/${one.number}`).then(loaded.again)} />) },
        ]}
      />
    </>
  );
}
