// What a page shows of the service: asked when the page opens and again every so often, kept while the next answer is on its way.
import { useCallback, useEffect, useState } from 'preact/hooks';
import { call, messageOf } from './api';

export interface Loaded<T> {
  value: T | undefined;
  problem: string; // why the last try failed; the value before it stays
  again: () => void;
}

export function useLoaded<T>(path: string, everySeconds = 0): Loaded<T> {
  const [value, setValue] = useState<T>();
  const [problem, setProblem] = useState('');
  const [round, setRound] = useState(0);
  const again = useCallback(() => setRound((before) => before + 1), []);
  useEffect(() => {
    const stop = new AbortController();
    let timer = 0;
    const ask = async () => {
      try {
        const answer = await call<T>('GET', path, undefined, stop.signal);
        if (stop.signal.aborted) return;
        setValue(answer);
        setProblem('');
      } catch (error) {
        if (stop.signal.aborted) return;
        setProblem(messageOf(error));
      }
      if (everySeconds > 0) timer = window.setTimeout(ask, everySeconds * 1000);
    };
    void ask();
    return () => {
      stop.abort();
      window.clearTimeout(timer);
    };
  }, [path, everySeconds, round]);
  return { value, problem, again };
}
