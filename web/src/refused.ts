// Why somebody was not let in through the provider, from the word that the service gives (GET /api/v1/login/oidc/callback in api/openapi.json), and what helps.
import type { LoginWays } from './shapes';

export function refusedText(word: string, provider: LoginWays['provider']): string {
  if (word === '') return '';
  const name = provider?.name ?? 'The provider';
  const claim = provider === null ? 'the claim that says who may what' : `the claim “${provider.roles_claim}”`;
  const texts: Record<string, string> = {
    stale: 'This log-in did not begin in this browser, or more than ten minutes ago. Please try again.',
    used: 'This log-in was used already. Please try again.',
    wait: 'Too many log-ins from your address have failed. Please wait a little and try again.',
    unreachable: `${name} does not answer. Please try again later; who has a password can log in with it.`,
    code: `${name} did not let you in, or its answer was no longer good. Please try again.`,
    untrusted: `What ${name} said could not be trusted, so nobody was let in. An admin finds the reason in the log of the service.`,
    no_claim: `${name} knows you, but does not tell Tocsin what you may do: ${claim} is missing. Whoever looks after ${name} has to add it to Tocsin's ID tokens.`,
    no_role: `${name} knows you, but nothing in ${claim} stands for a role in Tocsin. Ask to be put into a group that does, or an admin of Tocsin to add yours (oidc.roles).`,
    no_name: `${name} gives you no name that a user of Tocsin can have. Ask an admin.`,
    name_taken: 'There is another user of your name in Tocsin. An admin can remove or rename it.',
    disabled: 'Your user in Tocsin is disabled. Ask an admin.',
  };
  return Object.hasOwn(texts, word) ? (texts[word] as string) : 'You were not let in. Please try again, or ask an admin.';
}
