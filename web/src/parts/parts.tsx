// The small pieces that pages are made of.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { messageOf } from '../api';
import { agoText, timeText } from '../text';

export function Level({ level }: { level: string }) {
  return <span class={`level ${level}`}>{level}</span>;
}

export function When({ time }: { time: string | null | undefined }) {
  return (
    <time dateTime={time ?? undefined} title={time ? `${agoText(time, Date.now())}, UTC` : undefined}>
      {timeText(time)}
    </time>
  );
}

export function Trouble({ text }: { text: string }) {
  return text === '' ? null : (
    <div class="problem" role="alert">
      {text}
    </div>
  );
}

export interface Column<T> {
  title: string;
  kind?: 'number' | 'when' | 'value' | 'act';
  cell: (row: T) => ComponentChildren;
}

export function Table<T>({ columns, rows, none }: { columns: Column<T>[]; rows: T[]; none: string }) {
  if (rows.length === 0) return <p class="quiet">{none}</p>;
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th scope="col" class={column.kind}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              {columns.map((column) => (
                <td class={column.kind}>{column.cell(row)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/// A button that asks once more before it does something that cannot be taken back.
export function Sure({ what, act }: { what: string; act: () => Promise<unknown> }) {
  const [asked, setAsked] = useState(false);
  const [problem, setProblem] = useState('');
  if (problem !== '') return <span class="problem">{problem}</span>;
  if (!asked) {
    return (
      <button type="button" class="plain" onClick={() => setAsked(true)}>
        {what}
      </button>
    );
  }
  const yes = () => {
    setAsked(false);
    act().catch((error) => setProblem(messageOf(error)));
  };
  return (
    <>
      <button type="button" onClick={yes}>
        Yes, {what.toLowerCase()}
      </button>{' '}
      <button type="button" class="plain" onClick={() => setAsked(false)}>
        No
      </button>
    </>
  );
}

/// What is shown once and never again: a token, a link.
export function Once({ title, value, children }: { title: string; value: string; children?: ComponentChildren }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => setCopied(false), [value]);
  const copy = () => void navigator.clipboard?.writeText(value).then(() => setCopied(true));
  return (
    <div class="note" role="status">
      <b>{title}</b>
      <pre>{value}</pre>
      <p class="quiet">
        It is shown only now; nobody can look it up later. <button type="button" onClick={copy}>{copied ? 'Copied' : 'Copy'}</button>
      </p>
      {children}
    </div>
  );
}

export interface Sending {
  busy: boolean;
  problem: string;
  submit: (event: Event) => void;
}

/// A form's way to the service: no second click while one is under way, and what went wrong.
export function useSending(act: () => Promise<unknown>): Sending {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const submit = (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem('');
    act()
      .catch((error) => setProblem(messageOf(error)))
      .finally(() => setBusy(false));
  };
  return { busy, problem, submit };
}

export function Field(props: {
  label: string;
  value: string;
  set: (value: string) => void;
  type?: string;
  wide?: boolean;
  required?: boolean;
  autocomplete?: string;
  hint?: string;
  focus?: boolean;
}) {
  return (
    <label class={props.wide ? 'wide' : undefined}>
      {props.label}
      <input
        type={props.type ?? 'text'}
        value={props.value}
        onInput={(event) => props.set(event.currentTarget.value)}
        required={props.required}
        autocomplete={props.autocomplete ?? 'off'}
        placeholder={props.hint}
        autofocus={props.focus}
        spellcheck={false}
      />
    </label>
  );
}

export function Choice(props: { label: string; value: string; set: (value: string) => void; options: (readonly [string, string])[] }) {
  return (
    <label>
      {props.label}
      <select value={props.value} onChange={(event) => props.set(event.currentTarget.value)}>
        {props.options.map(([value, text]) => (
          <option value={value}>{text}</option>
        ))}
      </select>
    </label>
  );
}
