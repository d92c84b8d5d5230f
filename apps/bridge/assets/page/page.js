import { clock, errorWords, requestFacts, size, stateWords } from './words.js';

const TOKEN = 'token';
/** Between tries to reach a bridge that is gone, up to: */
const MAX_WAIT_MS = 5_000;
/** Of an engine's models; the rest is counted. */
const MAX_MODELS = 30;

const part = (id) => document.getElementById(id);
let view;
/** Why the link did not open the page. */
let refusal = '';

/** The link holds a code that works once; it leaves the address and the history at once. */
async function signIn() {
  const code = new URLSearchParams(location.hash.slice(1)).get('code');
  if (code === null) return;
  history.replaceState(null, '', location.pathname);
  const answer = await fetch('/api/token', { method: 'POST', body: JSON.stringify({ code }) });
  const { token, error } = await answer.json();
  if (answer.ok) sessionStorage.setItem(TOKEN, token);
  else refusal = error;
}

function call(path, method = 'GET') {
  return fetch(path, { method, headers: { authorization: `Bearer ${sessionStorage.getItem(TOKEN)}` } });
}

/** Shows the bridge as long as the page is open. */
async function follow() {
  let waitMs = 500;
  for (;;) {
    try {
      const answer = await call('/api/events');
      if (answer.status === 401) {
        sessionStorage.removeItem(TOKEN);
        return showAway('Not opened', `${refusal} Open this page with: cloudtolocalllm status --open`.trim());
      }
      if (!answer.ok) throw new Error(`the bridge answered ${answer.status}`);
      waitMs = 500;
      await readEvents(answer.body);
    } catch {
      // The bridge is gone, or was not there: told below.
    }
    showAway(
      'Not running',
      'No bridge runs here. After cloudtolocalllm up, open this page again with: cloudtolocalllm status --open',
    );
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    waitMs = Math.min(2 * waitMs, MAX_WAIT_MS);
  }
}

async function readEvents(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (rest + value).split('\n\n');
    rest = events.pop();
    for (const event of events) {
      const data = event.split('\n').find((line) => line.startsWith('data: '));
      if (data) show(JSON.parse(data.slice('data: '.length)));
    }
  }
}

function showAway(state, detail) {
  view = undefined;
  showState(state, detail, 'offline');
  part('live').hidden = true;
  part('chat').hidden = true;
}

function showState(state, detail, name) {
  document.body.dataset.state = name;
  document.title = `${state} – CloudToLocalLLM`;
  setText(part('state'), state);
  setText(part('detail'), detail);
}

function show(next) {
  view = next;
  const isPaused = next.pause.isOn;
  showState(stateWords(next), next.detail, next.state);
  part('live').hidden = false;
  part('chat').hidden = false;
  part('chat').href = next.relay;
  part('pause').setAttribute('aria-checked', String(isPaused));
  fill('facts', factsOf(next), factElements);
  const requests = (of) => (next.engines.length > 1 ? of : of.map((request) => ({ ...request, engine: undefined })));
  fill('now', orNone(requests(next.now), 'No request runs.'), (request) => requestRow(request, true));
  fill('lately', orNone(requests(next.lately), 'No request has ended yet.'), (request) => requestRow(request, false));
  fill('engines', next.engines, engineRow);
  fill('policy', next.policy, textRow);
  fill('troubles', orNone(next.troubles, 'None since the bridge was started.'), troubleRow);
}

function factsOf({ relay, computer, totals, program, now }) {
  const speeds = now.flatMap((request) => (request.speed ? [request.speed.tokensPerSecond] : []));
  const sum = speeds.reduce((total, value) => total + value, 0);
  return [
    ['Name', computer],
    ['Relay', relay],
    ['Running since', clock(totals.since)],
    ['Requests', totals.failed > 0 ? `${totals.requests}, ${totals.failed} of them failed` : String(totals.requests)],
    ['Sent', size(totals.bytes)],
    ['Now', speeds.length > 0 ? `≈ ${Math.round(sum * 10) / 10} tokens/s` : 'idle'],
    ['Version', program.version],
    ...(program.profile === 'default' ? [] : [['Profile', program.profile]]),
  ];
}

function factElements([name, value]) {
  const box = element('div');
  box.append(element('dt', name), element('dd', value));
  return box;
}

function requestRow(request, isRunning) {
  if (typeof request === 'string') return textRow(request);
  const row = element('li');
  row.append(element('span', request.model ?? `${request.method} ${request.path}`, 'name'));
  if (request.model) row.append(' ', element('span', `${request.method} ${request.path}`, 'soft'));
  const facts = element('p', requestFacts(request, isRunning).join(' · '), 'soft figures');
  row.append(facts);
  if (request.error) {
    const isBad = request.error !== 'cancelled';
    row.append(element('p', `${isBad ? 'Failed: ' : ''}${errorWords(request.error)}`, isBad ? 'bad' : 'soft'));
  }
  return row;
}

function engineRow(engine) {
  const row = element('li');
  row.append(element('strong', [engine.demo ? 'Demo engine' : engine.name, engine.version].filter(Boolean).join(' ')));
  row.append(
    element('p', engine.trouble ?? `${engine.address} · ${busyWords(engine)}`, engine.trouble ? 'bad' : 'soft'),
  );
  const { models } = engine;
  const more = models.length > MAX_MODELS ? ` and ${models.length - MAX_MODELS} more` : '';
  row.append(element('p', models.length > 0 ? models.slice(0, MAX_MODELS).join(', ') + more : 'No models', 'name'));
  return row;
}

function busyWords({ running, queued, limit }) {
  const waiting = queued > 0 ? `, ${queued} waiting` : '';
  return running + queued > 0 ? `${running} of at most ${limit} at once${waiting}` : 'answers';
}

function troubleRow(trouble) {
  if (typeof trouble === 'string') return textRow(trouble);
  const row = element('li', trouble.text);
  row.append(
    element('p', `${clock(trouble.at)}${trouble.times > 1 ? ` · ${trouble.times} times` : ''}`, 'soft figures'),
  );
  return row;
}

function textRow(text) {
  return element('li', text);
}

function orNone(items, words) {
  return items.length > 0 ? items : [words];
}

/** Makes a list anew where it says something else than before. */
function fill(id, items, make) {
  const list = part(id);
  const said = JSON.stringify(items);
  if (list.said === said) return;
  list.said = said;
  list.replaceChildren(...items.map(make));
}

function element(name, text = '', className = '') {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

/** A live region speaks when its text is set, also to the same. */
function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

async function press() {
  const button = part('pause');
  const failed = part('pause-failed');
  button.disabled = true;
  try {
    const answer = await call(view?.pause.isOn ? '/api/resume' : '/api/pause', 'POST');
    const said = await answer.json();
    failed.hidden = answer.ok;
    if (answer.ok) show(said);
    else failed.textContent = said.error;
  } catch {
    failed.hidden = false;
    failed.textContent = 'The bridge did not answer. Press again.';
  } finally {
    button.disabled = false;
    button.focus();
  }
}

part('pause').addEventListener('click', () => void press());
// A second link in the same tab changes nothing but the fragment.
addEventListener('hashchange', () => location.reload());
await signIn().catch(() => {});
await follow();
