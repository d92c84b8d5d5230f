/** Files as other programs write them, small: for tests alone. */

const QUESTION_TIME = 1_718_900_000.25;

function node(id: string, parent: string | null, children: string[], message: object | null) {
  return { id, parent, children, message };
}

function chatGptMessage(role: string, content: object, more: object = {}) {
  return {
    id: crypto.randomUUID(),
    author: { role, name: null, metadata: {} },
    create_time: QUESTION_TIME,
    update_time: null,
    content,
    status: 'finished_successfully',
    end_turn: true,
    weight: 1,
    metadata: {},
    recipient: 'all',
    ...more,
  };
}

const text = (...parts: unknown[]) => ({ content_type: 'text', parts });

/** A regenerated answer, reasoning, a tool's call and answer, an image, hidden and empty nodes. */
export function chatGptConversation(changes: object = {}) {
  const gpt = { model_slug: 'gpt-4o' };
  return {
    title: 'Planning a trip',
    create_time: 1_718_899_990,
    update_time: 1_718_900_500,
    mapping: {
      root: node('root', null, ['system'], null),
      system: node('system', 'root', ['context'], chatGptMessage('system', text(''), { weight: 0 })),
      context: node(
        'context',
        'system',
        ['q1'],
        chatGptMessage(
          'user',
          { content_type: 'user_editable_context', user_profile: 'me', user_instructions: 'be brief' },
          { metadata: { is_visually_hidden_from_conversation: true } },
        ),
      ),
      q1: node(
        'q1',
        'context',
        ['a1', 'thoughts'],
        chatGptMessage('user', {
          content_type: 'multimodal_text',
          parts: [
            { content_type: 'image_asset_pointer', asset_pointer: 'file-service://file-x', width: 1 },
            'Where is this?',
          ],
        }),
      ),
      a1: node('a1', 'q1', [], chatGptMessage('assistant', text('In Rome.'), { metadata: gpt })),
      thoughts: node(
        'thoughts',
        'q1',
        ['call'],
        chatGptMessage('assistant', {
          content_type: 'thoughts',
          thoughts: [{ summary: 'Looking', content: 'A dome.' }],
        }),
      ),
      call: node(
        'call',
        'thoughts',
        ['tool'],
        chatGptMessage(
          'assistant',
          { content_type: 'code', language: 'unknown', text: 'search("dome")' },
          { recipient: 'web' },
        ),
      ),
      tool: node(
        'tool',
        'call',
        ['a2'],
        chatGptMessage('tool', { content_type: 'tether_quote', text: 'Florence has one.' }),
      ),
      a2: node('a2', 'tool', ['q2'], chatGptMessage('assistant', text('In Florence.'), { metadata: gpt })),
      q2: node('q2', 'a2', ['a3'], chatGptMessage('user', text('Thanks'))),
      a3: node(
        'a3',
        'q2',
        [],
        chatGptMessage('assistant', { content_type: 'code', language: 'python', text: 'print(1)' }, { metadata: gpt }),
      ),
    },
    current_node: 'a3',
    conversation_id: 'c0ffee00-0000-4000-8000-000000000001',
    id: 'c0ffee00-0000-4000-8000-000000000001',
    default_model_slug: 'gpt-4o',
    is_archived: true,
    is_starred: null,
    ...changes,
  };
}

export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** Two answers to one question, an image, reasoning in the text. */
export function openWebUiChat(changes: object = {}) {
  const message = (
    id: string,
    parentId: string | null,
    childrenIds: string[],
    role: string,
    content: string,
    more = {},
  ) => ({
    id,
    parentId,
    childrenIds,
    role,
    content,
    timestamp: 1_735_689_700,
    ...more,
  });
  const model = { model: 'llama3.2:1b', modelName: 'Llama', done: true };
  const reasoning =
    '<details type="reasoning" done="true" duration="2">\n<summary>Thought for 2 seconds</summary>\n> It is\n> a cat.\n</details>\nA cat.';
  return {
    id: '0b5e0000-0000-4000-8000-000000000002',
    user_id: 'somebody',
    title: 'What is it',
    chat: {
      id: '',
      title: 'What is it',
      models: ['llama3.2:1b'],
      params: { system: 'Be kind.' },
      history: {
        messages: {
          q: message('q', null, ['a', 'b'], 'user', 'What is this?', {
            files: [
              { type: 'image', url: `data:image/png;base64,${PNG.toString('base64')}` },
              { type: 'file', name: 'notes.pdf', url: 'x' },
            ],
          }),
          a: message('a', 'q', [], 'assistant', 'A dog.', model),
          b: message('b', 'q', [], 'assistant', reasoning, model),
        },
        currentId: 'b',
      },
      messages: [],
      tags: [],
      timestamp: 1_735_689_600_000,
      files: [],
    },
    updated_at: 1_735_689_800,
    created_at: 1_735_689_600,
    share_id: null,
    archived: false,
    pinned: true,
    meta: {},
    folder_id: null,
    ...changes,
  };
}
