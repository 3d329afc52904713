// A provider of OpenID Connect for tests/e2e/oidc.sh: oidc-provider, which is certified, with its own log-in pages. Whoever logs in is who it says, and in the
// groups that stand here. Arguments: the port; where it sends browsers back to; the algorithm of its ID tokens.
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

const [port, redirectUri, algorithm] = process.argv.slice(2);
const groups = { grace: ['staff', 'soc'], linus: ['staff', 'soc-admins'], eve: ['staff'] };
const pair = algorithm === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { ...pair.privateKey.export({ format: 'jwk' }), use: 'sig', kid: 'k1' };

const provider = new Provider(`http://localhost:${port}`, {
  clients: [
    {
      client_id: 'tocsin',
      client_secret: 'a secret of/this client+more',
      redirect_uris: [redirectUri],
      response_types: ['code'],
      grant_types: ['authorization_code'],
      id_token_signed_response_alg: algorithm,
    },
  ],
  jwks: { keys: [key] },
  cookies: { keys: ['only a test'] },
  conformIdTokenClaims: false, // claims stand in the ID token, as with the providers that people use
  claims: { openid: ['sub'], profile: ['preferred_username', 'groups'], email: ['email'] },
  pkce: { methods: ['S256'], required: () => true },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: `subject-${id}`, preferred_username: id, ...(id === 'ghost' ? {} : { groups: groups[id] ?? [] }) }),
  }),
});
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
