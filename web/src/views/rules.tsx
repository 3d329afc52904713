// The rules in force, as one list that can be filtered.
import { useMemo, useState } from 'preact/hooks';
import type { PageProps } from '../main';
import { useLoaded } from '../load';
import { Choice, Field, Level, Table, Trouble } from '../parts/parts';
import { levels, logSourceText, type Rule } from '../shapes';
import { numberText } from '../text';

/// More than anyone reads; the filter makes it fewer.
const rowsMax = 300;

export function RulesPage(_props: PageProps) {
  const loaded = useLoaded<{ rules: Rule[]; in_force: number; rejected: number; filters: number }>('/api/v1/rules');
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
          { title: 'Title', kind: 'value', cell: (rule) => rule.title },
          { title: 'Log source', cell: (rule) => logSourceText(rule.log_source) || rule.kind },
          { title: 'Tags', kind: 'value', cell: (rule) => <span class="quiet">{rule.tags.join(', ')}</span> },
          { title: 'Id', cell: (rule) => <code>{rule.id}</code> },
        ]}
      />
    </>
  );
}
