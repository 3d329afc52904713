// Where the console is: the part of the address behind '#', as a path and parameters. Everything that is seen can be linked to and reloaded.
//
//   #/alerts?level=high   →   { path: ['alerts'], query: { level: 'high' } }
import { useEffect, useState } from 'preact/hooks';

export interface Place {
  path: string[];
  query: Record<string, string>;
}

export function readPlace(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  return {
    path: path.split('/').filter((part) => part !== '').map(decoded),
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function linkTo(path: string[], query: Record<string, string> = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== '');
  const parameters = new URLSearchParams(given).toString();
  return '#/' + path.map(encodeURIComponent).join('/') + (parameters === '' ? '' : '?' + parameters);
}

export function goTo(path: string[], query: Record<string, string> = {}): void {
  window.location.hash = linkTo(path, query);
}

export function usePlace(): Place {
  const [place, setPlace] = useState(() => readPlace(window.location.hash));
  useEffect(() => {
    const changed = () => setPlace(readPlace(window.location.hash));
    window.addEventListener('hashchange', changed);
    return () => window.removeEventListener('hashchange', changed);
  }, []);
  return place;
}
