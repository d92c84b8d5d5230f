import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Api } from '../../api.ts';
import type { PublicUrl } from '../../public-url.ts';
import { CLIENTS } from '../clients.ts';
import type { EmbeddedIssuer } from './embedded-issuer.ts';
import { ISSUER_PATH } from './issuer-configuration.ts';
import type { LocalAccount } from './local-account.ts';
import { sendLaterPage, sendPage } from './page-reply.ts';
import { problemPage } from './pages.ts';
import { signInPage } from './password-pages.ts';
import { presentToIssuer } from './present-to-issuer.ts';
import { isSameOrigin } from './same-origin.ts';

const config = { access: 'own computer', limitedBy: 'address' } as const;

const CLIENT_NAMES = new Map<unknown, string>(Object.values(CLIENTS).map(({ id, name }) => [id, name]));

const signInForm = z.object({ name: z.string().max(200), password: z.string().min(1) });

export interface SignInRoutesParts {
  issuer: EmbeddedIssuer;
  account: LocalAccount;
  publicUrl: PublicUrl;
  everywhere: boolean;
}

/** Where a person proves to the embedded issuer who they are. */
export function signInRoutes(api: Api, { issuer, account, publicUrl, everywhere }: SignInRoutesParts): void {
  api.get(`${ISSUER_PATH}/interaction/:uid`, { config }, async (request, reply) => {
    const interaction = await findInteraction(request, reply);
    if (interaction === undefined) return reply;
    return sendPage(reply, await pageFor(interaction, account.user.name));
  });

  api.post(`${ISSUER_PATH}/interaction/:uid`, { config }, async (request, reply) => {
    if (!isSameOrigin(request, publicUrl)) return sendPage(reply, startAgain('This form came from another site.'), 403);
    const interaction = await findInteraction(request, reply);
    if (interaction === undefined) return reply;
    const form = signInForm.safeParse(request.body);
    if (!form.success) {
      return sendPage(reply, await pageFor(interaction, account.user.name, 'Type the account and its password.'), 400);
    }
    const verdict = await account.signIn({ ...form.data, address: request.ip }, nameOf(interaction));
    if (verdict.outcome === 'later') return sendLaterPage(reply, verdict.seconds);
    if (verdict.outcome === 'wrong') {
      return sendPage(reply, await pageFor(interaction, form.data.name, 'Account or password is wrong.'), 401);
    }
    // Our own clients need no consent; saying so ends a prompt for it as well.
    const result = { login: { accountId: account.user.id, remember: true }, consent: {} };
    const next = new URL(await issuer.provider.interactionResult(request.raw, reply.raw, result));
    request.log.info({ client: interaction.params.client_id }, 'Local user signed in');
    // Without the origin: the browser stays at the name of this computer at which its cookies are.
    return reply.code(303).header('location', `${next.pathname}${next.search}`).send();
  });

  type Interaction = Awaited<ReturnType<EmbeddedIssuer['provider']['interactionDetails']>>;

  async function pageFor(interaction: Interaction, userName: string, problem?: string): Promise<string> {
    const action = `${ISSUER_PATH}/interaction/${interaction.uid}`;
    const hasPassword = await account.hasPassword();
    return signInPage({ clientName: nameOf(interaction), userName, action, hasPassword, everywhere, problem });
  }

  async function findInteraction(request: FastifyRequest, reply: FastifyReply): Promise<Interaction | undefined> {
    presentToIssuer(request, publicUrl);
    try {
      return await issuer.provider.interactionDetails(request.raw, reply.raw);
    } catch (error) {
      if ((error as Error).name !== 'SessionNotFound') throw error; // as: the issuer throws Errors
      sendPage(reply, startAgain('This sign-in has taken too long or was finished already.'), 400);
      return undefined;
    }
  }

  function startAgain(message: string): string {
    return problemPage({ message: `${message} Start it again.`, home: new URL('/', publicUrl.origin).href });
  }

  function nameOf({ params }: Interaction): string {
    return CLIENT_NAMES.get(params['client_id']) ?? 'program';
  }
}
