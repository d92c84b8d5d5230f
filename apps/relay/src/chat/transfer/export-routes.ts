import { Readable } from 'node:stream';
import { conversationId, type ExportQuery, exportQuery } from '@cloudtolocalllm/protocol';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Api } from '../../api.ts';
import { RelayError } from '../../errors.ts';
import type { RelayDatabase } from '../../storage/database.ts';
import type { ConversationRow } from '../../storage/tables.ts';
import { exportFile } from './export-file.ts';
import { exportJson } from './export-json.ts';
import { exportMarkdown } from './export-markdown.ts';
import { exportStore } from './export-store.ts';

const MAX_NAME_CHARACTERS = 60;

const file = {
  description: 'The file.',
  content: {
    'application/json': { schema: exportFile },
    'text/markdown': { schema: z.string().meta({ examples: ['# Chat about AI\n'] }) },
  },
};
/** It may run for long: it counts as one of the person's streams. */
const config = { access: 'chat', stream: true } as const;

/** Conversations as files, written as fast as the client reads. */
export function exportRoutes(
  api: Api,
  { database, now = Date.now }: { database: Pick<RelayDatabase, 'kysely'>; now?: () => number },
): void {
  const store = exportStore(database.kysely);

  function send(
    reply: FastifyReply,
    userId: string,
    { format, name, rows }: { format: ExportQuery['format']; name: string; rows: AsyncIterable<ConversationRow> },
  ): FastifyReply {
    const exported = new Date(now()).toISOString();
    const isMarkdown = format === 'markdown';
    const pieces = isMarkdown ? exportMarkdown(store, userId, rows) : exportJson(store, userId, rows, exported);
    const filename = `${name}-${exported.slice(0, 10)}.${isMarkdown ? 'md' : 'json'}`;
    return reply
      .type(isMarkdown ? 'text/markdown; charset=utf-8' : 'application/json; charset=utf-8')
      .header('content-disposition', `attachment; filename="${filename}"`)
      .header('cache-control', 'no-store')
      .send(Readable.from(pieces, { objectMode: false }));
  }

  api.get(
    '/api/chat/export',
    {
      config,
      schema: {
        operationId: 'exportChats',
        summary: 'Export all conversations as one file',
        description:
          'JSON has everything, with all branches and files: what `POST /api/chat/import` takes. Markdown is for ' +
          'reading: of each conversation the branch that is shown.',
        tags: ['Chat'],
        querystring: exportQuery,
        response: { 200: file },
      },
    },
    async (request, reply) => {
      const { format } = request.query;
      return send(reply, request.user.id, {
        format,
        name: 'conversations',
        rows: store.conversations(request.user.id),
      });
    },
  );

  api.get(
    '/api/chat/conversations/:conversationId/export',
    {
      config,
      schema: {
        operationId: 'exportConversation',
        summary: 'Export a conversation as a file',
        tags: ['Chat'],
        params: z.object({ conversationId }),
        querystring: exportQuery,
        response: { 200: file },
      },
    },
    async (request, reply) => {
      const row = await store.get(request.user.id, request.params.conversationId);
      if (row === undefined) throw new RelayError('not_found', 'There is no such conversation.');
      const { format } = request.query;
      return send(reply, request.user.id, { format, name: fileName(row.title), rows: only(row) });
    },
  );
}

async function* only<Row>(row: Row): AsyncGenerator<Row, void, undefined> {
  yield row;
}

/** A title as a part of a file's name, in ASCII. */
function fileName(title: string): string {
  const plain = title
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase();
  const words = plain.replaceAll(/[^a-z0-9]+/g, '-').slice(0, MAX_NAME_CHARACTERS);
  return words.replaceAll(/^-+|-+$/g, '') || 'conversation';
}
