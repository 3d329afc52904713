// What the API answers, as far as pages use it; the whole contract is api/openapi.json.

export const levels = ['critical', 'high', 'medium', 'low', 'informational'] as const;
export const roles = ['viewer', 'analyst', 'responder', 'approver', 'admin'] as const;
export const scopes = ['alerts:read', 'attachments:read', 'incidents:write', 'metrics', 'rules:read', 'search', 'senders:write', 'status:read', 'suppressions:write'] as const;

export interface Person {
  name: string;
  role: string;
  totp: boolean;
  by_provider: boolean; // who looks after password and second factor then
}

/// What stands beside a password.
export interface LoginWays {
  provider: { name: string; roles_claim: string } | null;
}

/// Roles stand in an order: each may what those before it may.
export function mayAs(person: Person, role: (typeof roles)[number]): boolean {
  return roles.indexOf(person.role as (typeof roles)[number]) >= roles.indexOf(role);
}

export interface Source {
  source: string;
  input: string;
  received: number;
  stored: number;
  refused: number;
  dropped: number;
  parse_failures: number;
  lag_seconds: number;
  last_seen: string | null;
  clock_skew_seconds: number | null;
  silent?: { since: string | null; text: string } | null;
}

export interface RuleSet {
  rules: number;
  correlations: number;
  files: number;
  sha256: string;
  paths: string;
  since: string | null;
}

export interface Status {
  sources: Source[];
  service?: { running: boolean; started: string | null; uptime_seconds: number; previous: { graceful: boolean; stopped: string | null } | null };
  records?: { safe: number; looked_at: number; stored: number };
  queue?: { bytes: number; to_look_at: number; to_store: number };
  disk?: { journal_bytes: number; segment_bytes: number; state_bytes: number; free_bytes: number };
  rules?: RuleSet | null;
  reload?: { at: string; taken: boolean; message: string } | null;
  canary?: { every_seconds: number; last_out: string | null; alarm: { stage: string; since: string | null; text: string } | null };
  alerts?: number;
  trouble?: string | null;
}

export interface LogSource {
  product?: string | null;
  category?: string | null;
  service?: string | null;
}

export interface AlertEvent {
  source: string;
  index: number;
  time?: string | null;
  log_source?: LogSource;
}

export interface Alert {
  id: string;
  time: string | null;
  rule: { id: string; title: string; level: string; status: string; author: string; tags: string[]; references: string[] };
  event?: AlertEvent;
  events?: AlertEvent[];
  correlation?: { type: string; group_by: { field: string; value: string }[]; value: number; timespan_us: number; folded: number; events_left_out: number };
  matched: { selection: string; field: string; modifiers: string[]; pattern: string; value: unknown }[];
  entities: { type: string; value: string }[];
}

export interface AlertPage {
  alerts: Alert[];
  next: string | null;
  last_event_id: number;
}

export const statuses = ['new', 'assigned', 'in_progress', 'contained', 'closed'] as const;
export const verdicts = ['true_positive', 'benign', 'false_positive'] as const;

/// Where an incident stands, by what people did.
export interface Standing {
  status: (typeof statuses)[number];
  classification: string;
  assignee: string;
  act_count: number;
}

export interface Act {
  number: number;
  time: string | null;
  who: string;
  act: string;
  incident?: string;
  other?: string;
  to?: string;
  status?: string;
  verdict?: string;
  text?: string;
  of?: number;
  value?: number;
  model?: string;
  name?: string;
  alert_count?: number;
  counts: boolean;
}

export interface Task {
  act: number;
  text: string;
  who: string;
  done: boolean;
}

/// The content is asked for by the number of the act that attached it.
export interface Attachment {
  act: number;
  name: string;
  sha256: string;
  bytes: number;
  who: string;
  time: string | null;
  text?: string;
  removed: { act: number; who: string; time: string | null; text?: string } | null;
}

/// How probable it is that an incident is an attack: as the machine sees it with its range, and where verdicts count as what people said.
export interface Sureness {
  confidence: number;
  low: number;
  high: number;
  judged: number;
  said?: number;
  said_by?: string;
  loss: number;
  criticality: string;
}

export interface Evidence {
  name: string;
  weight: number;
  why: string;
}

export interface AlertCase {
  incident: string | null;
  verdict: string;
  of_incident: boolean;
  said: Act | null;
}

export interface IncidentSummary extends Standing, Sureness {
  id: string;
  first: string | null;
  last: string | null;
  level: string;
  alert_count: number;
  by_level: Record<string, number>;
  story: string;
  tactics: string[];
  hosts: string[];
  accounts: string[];
  addresses: string[];
  gravest_rule: string;
}

export interface IncidentList {
  incidents: IncidentSummary[];
  fitting: number;
  incident_count: number;
  alert_count: number;
  suppressed_count: number;
  shadow_count: number;
  whole: boolean;
}

export interface IncidentProcess {
  host: string;
  id: string;
  parent: string;
  path: string;
  command_line: string;
  alerts: number;
}

export interface Incident extends Standing, Sureness {
  evidence: Evidence[];
  surest: { alert: string; evidence: Evidence[]; missing: string[] };
  tasks: Task[];
  attachments: Attachment[];
  acts: Act[];
  id: string;
  first: string | null;
  last: string | null;
  level: string;
  alert_count: number;
  story: string;
  stages: { tactic: string; first: string | null; alerts: number; gravest_rule: string; level: string; techniques: string[] }[];
  hosts: { value: string; alerts: number }[];
  accounts: { value: string; alerts: number }[];
  addresses: { value: string; alerts: number }[];
  rules: { id: string; title: string; level: string; alerts: number; first: string | null }[];
  alerts: { id: string; time: string | null; rule: string; title: string; level: string; host: string }[];
  links: { alert: string; to: string; by: string; entity: string; gap_seconds: number; strength: number; elsewhere: number; merged: boolean }[];
  processes: IncidentProcess[];
  names: string[];
  related: { id: string; entity: string }[];
  next: { what: string; query: string }[];
  similar: { id: string; similarity: number; rules: number; classification: string; last: string | null }[];
}

export interface Explained {
  alert: Alert;
  events: number;
  records: { id: string; received: string; raw: string }[];
  trouble: string | null;
}

export interface Rule {
  id: string;
  title: string;
  kind: string;
  level: string;
  status: string;
  tags: string[];
  log_source: LogSource | null;
  shadow: boolean;
}

/// Alerts that reach nobody for a while, and what came of it.
export interface Suppression {
  number: number;
  state: 'in_force' | 'expired' | 'taken_back';
  owner: string;
  reason: string;
  rule: string | null;
  entity: { type: string; value: string | null } | null;
  level_max: string;
  window_minutes: number | null;
  until: string | null;
  hidden: { alerts: number; hosts: number; first: string | null; last: string | null };
  broke_through: { level: number; watched: number };
}

/// What a suppression would have hidden; with true positives it is refused.
export interface SuppressionPreview {
  days: number;
  alerts: number;
  hosts: number;
  whole: boolean;
  true_positive_count: number;
  true_positives: { id: string; title: string; time: string | null }[];
}

export function logSourceText(source: LogSource | null | undefined): string {
  return [source?.product, source?.category, source?.service].filter((part) => part).join(' / ');
}

export function entityText(alert: Alert, ...types: string[]): string {
  const found = alert.entities.filter((entity) => types.includes(entity.type)).map((entity) => entity.value);
  return found.slice(0, 3).join(', ') + (found.length > 3 ? ` and ${found.length - 3} more` : '');
}
