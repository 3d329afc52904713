// The console: log in, then one page per topic. Which page is shown stands in the address.
import { render } from 'preact';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { call, isProblem, messageOf } from './api';
import { usePlace } from './route';
import { mayAs, type Person, type roles } from './shapes';
import './style.css';
import { AccountPage } from './views/account';
import { AlertPage, AlertsPage } from './views/alerts';
import { AuditPage } from './views/audit';
import { IncidentPage, IncidentsPage } from './views/incidents';
import { LoginPage } from './views/login';
import { OverviewPage } from './views/overview';
import { RulesPage } from './views/rules';
import { SearchPage } from './views/search';
import { SendersPage } from './views/senders';
import { SetupPage } from './views/setup';
import { TokensPage } from './views/tokens';
import { UsersPage } from './views/users';
import { Trouble } from './parts/parts';

export interface PageProps {
  person: Person;
  path: string[]; // behind the page's own name
  query: Record<string, string>;
  refresh: () => void; // asks again who is logged in
}

interface Page {
  name: string;
  title: string;
  role: (typeof roles)[number];
  view: (props: PageProps) => preact.JSX.Element;
  hidden?: boolean;
}

/// Pages of one thing, behind the list of them.
const pagesOfOne: Record<string, Page['view']> = { alerts: AlertPage, incidents: IncidentPage };

const pages: Page[] = [
  { name: '', title: 'Overview', role: 'viewer', view: OverviewPage },
  { name: 'incidents', title: 'Incidents', role: 'viewer', view: IncidentsPage },
  { name: 'alerts', title: 'Alerts', role: 'viewer', view: AlertsPage },
  { name: 'search', title: 'Search', role: 'analyst', view: SearchPage },
  { name: 'rules', title: 'Rules', role: 'viewer', view: RulesPage },
  { name: 'senders', title: 'Senders', role: 'viewer', view: SendersPage },
  { name: 'users', title: 'Users', role: 'admin', view: UsersPage },
  { name: 'tokens', title: 'API tokens', role: 'admin', view: TokensPage },
  { name: 'audit', title: 'Audit log', role: 'admin', view: AuditPage },
  { name: 'account', title: 'Your account', role: 'viewer', view: AccountPage, hidden: true },
];

function Frame({ person, refresh }: { person: Person; refresh: () => void }) {
  const place = usePlace();
  const name = place.path[0] ?? '';
  const page = pages.find((each) => each.name === name && mayAs(person, each.role));
  const title = page?.title ?? 'Not found';
  useEffect(() => {
    document.title = `${title} · Tocsin`;
  }, [title]);
  const props: PageProps = { person, path: place.path.slice(1), query: place.query, refresh };
  const View = (props.path.length > 0 ? pagesOfOne[name] : undefined) ?? page?.view;
  const logOut = () => void call('POST', '/api/v1/logout').finally(refresh);
  return (
    <div class="frame">
      <nav class="side" aria-label="Pages">
        <div class="name">
          <img src="icon.svg" alt="" /> Tocsin
        </div>
        {pages
          .filter((each) => each.hidden !== true && mayAs(person, each.role))
          .map((each) => (
            <a href={`#/${each.name}`} aria-current={each.name === name ? 'page' : undefined}>
              {each.title}
            </a>
          ))}
        <div class="last">
          <a href="#/account" style="display:inline;padding:0">{person.name}</a> ({person.role}){' '}
          <button type="button" class="plain" onClick={logOut}>
            Log out
          </button>
        </div>
      </nav>
      <main>{View === undefined ? <p>There is no such page, or it is not for your role ({person.role}).</p> : <View key={place.path.join('/')} {...props} />}</main>
    </div>
  );
}

function Console() {
  const [person, setPerson] = useState<Person | null | undefined>(undefined); // null: nobody
  const [problem, setProblem] = useState('');
  const [setup, setSetup] = useState(() => /^#setup=(.+)$/.exec(window.location.hash)?.[1] ?? '');
  const refresh = useCallback(() => {
    call<Person>('GET', '/api/v1/me')
      .then((answer) => {
        setPerson(answer);
        setProblem('');
      })
      .catch((error) => (isProblem(error, 401) ? setPerson(null) : setProblem(messageOf(error))));
  }, []);
  useEffect(refresh, [refresh]);
  useEffect(() => {
    window.addEventListener('tocsin-logged-out', refresh);
    return () => window.removeEventListener('tocsin-logged-out', refresh);
  }, [refresh]);
  if (setup !== '') {
    const done = () => {
      setSetup('');
      window.location.hash = '#/';
      refresh();
    };
    return <SetupPage token={setup} done={done} />;
  }
  if (problem !== '') {
    return (
      <div class="alone">
        <Trouble text={problem} />
        <button type="button" onClick={refresh}>
          Try again
        </button>
      </div>
    );
  }
  if (person === undefined) return <p class="alone quiet">…</p>;
  if (person !== null) return <Frame person={person} refresh={refresh} />;
  const refused = /^#refused=(\w+)$/.exec(window.location.hash)?.[1] ?? '';
  const done = () => {
    if (refused !== '') window.location.hash = '#/';
    refresh();
  };
  return <LoginPage done={done} refused={refused} />;
}

render(<Console />, document.getElementById('console') as HTMLElement);
