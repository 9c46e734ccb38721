/**
 * The inbox for people. The content of a message is inserted as text, never as markup. The HTML of an e-mail is shown
 * only in a sandboxed frame with its own policy.
 */

/** Maximum number of rows. People look at the newest ones, and thousands would make the page slow. */
const maxRows = 200;

const entries = { emails: [], sms: [], webhooks: [] };
const shown = { ...placeInAddress(), part: 'html' };

/** The address contains the open message (`#sms/3`), so that a reload shows it again. */
function placeInAddress() {
  const [, kind, position] = /^#(emails|sms|webhooks)\/(\d+)$/.exec(location.hash) ?? [];
  return { kind: kind ?? 'emails', position: Number(position ?? -1) };
}

const byId = (id) => document.getElementById(id);
const tabs = [...document.querySelectorAll('[role=tab]')];

/** An element with text and children. Nothing on this page is inserted as markup. */
function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

const describe = {
  emails: (mail) => ({ who: mail.to.join(', '), what: mail.subject }),
  sms: (message) => ({ who: message.to, what: message.body }),
  webhooks: (hook) => ({ who: hook.path, what: hook.body }),
};

/** Fetches the new entries. The lists only grow at their end. */
async function update() {
  await Promise.all(
    Object.keys(entries).map(async (kind) => {
      const response = await fetch(`/${kind}?offset=${entries[kind].length}`);
      entries[kind].push(...(await response.json()));
    }),
  );
  drawTabs();
  drawList();
  if (drawn !== placeNow()) drawDetail();
}

function drawTabs() {
  for (const tab of tabs) {
    tab.setAttribute('aria-selected', String(tab.dataset.kind === shown.kind));
    tab.querySelector('b').textContent = entries[tab.dataset.kind].length;
  }
}

function drawList() {
  const filter = byId('filter').value.trim().toLowerCase();
  const matching = entries[shown.kind]
    .map((entry, position) => ({ entry, position, ...describe[shown.kind](entry) }))
    .filter(({ entry, who, what }) => `${who} ${what} ${entry.text ?? ''}`.toLowerCase().includes(filter))
    .reverse();
  byId('list').replaceChildren(...matching.slice(0, maxRows).map(row));
  const hidden = matching.length - maxRows;
  byId('more').hidden = hidden <= 0;
  byId('more').textContent = `${hidden} older ones are not shown; filter to find them.`;
}

function row({ entry, position, who, what }) {
  const time = element('time', { dateTime: entry.at, textContent: new Date(entry.at).toLocaleTimeString() });
  const button = element(
    'button',
    { type: 'button', onclick: () => open(position) },
    element('span', { className: 'who', textContent: who }),
    time,
    element('span', { className: 'what', textContent: what }),
  );
  button.setAttribute('aria-current', String(position === shown.position));
  return element('li', {}, button);
}

function open(position) {
  shown.position = position;
  history.replaceState(null, '', position < 0 ? '#' : `#${shown.kind}/${position}`);
  drawList();
  drawDetail();
}

/** The place that the detail shows. An update must not reload a frame that a person is reading. */
let drawn;
const placeNow = () => `${shown.kind}/${shown.position} of ${entries[shown.kind].length > 0}`;

function drawDetail() {
  const entry = entries[shown.kind][shown.position];
  if (entry) byId('detail').replaceChildren(...details[shown.kind](entry));
  else drawEmpty();
  drawn = placeNow();
}

function drawEmpty() {
  const empty = {
    emails: 'No e-mail so far. Place an order with an e-mail address and it will appear here.',
    sms: 'No text message so far. Place an order with a phone number and it will appear here.',
    webhooks: 'No webhook so far.',
  };
  const text = entries[shown.kind].length === 0 ? empty[shown.kind] : 'Choose a message to read it.';
  byId('detail').replaceChildren(element('p', { className: 'empty', textContent: text }));
}

function facts(pairs) {
  const made = Object.entries(pairs).flatMap(([name, value]) => [
    element('dt', { textContent: name }),
    element('dd', {}, ...[value].flat()),
  ]);
  return element('dl', {}, ...made);
}

const codes = (texts) => texts.map((textContent) => element('code', { textContent }));

const details = {
  emails: (mail) => [
    element('h2', { textContent: mail.subject || '(no subject)' }),
    facts({
      From: mail.from,
      To: mail.to.join(', '),
      Accepted: new Date(mail.at).toLocaleString(),
      Id: codes([mail.id]),
      ...(Object.keys(mail.tags).length > 0 && {
        Tags: codes(Object.entries(mail.tags).map((tag) => tag.join(' = '))),
      }),
      ...(mail.attachments.length > 0 && {
        Attachments: codes(mail.attachments.map(({ name, size }) => `${name}, ${size} bytes`)),
      }),
    }),
    parts(mail),
    body(mail),
  ],
  sms: (message) => [
    element('h2', { textContent: message.to }),
    facts({
      ...(message.from && { From: message.from }),
      Accepted: new Date(message.at).toLocaleString(),
      Id: codes([message.id]),
      ...(message.context && { Context: codes(Object.entries(message.context).map((entry) => entry.join(' = '))) }),
    }),
    element('p', { className: 'bubble', textContent: message.body }),
  ],
  webhooks: (hook) => [
    element('h2', { textContent: hook.path }),
    facts({ Received: new Date(hook.at).toLocaleString(), ...hook.headers }),
    element('pre', { textContent: hook.body }),
  ],
};

/** The choice between the parts of an e-mail. */
function parts(mail) {
  const buttons = ['html', 'text']
    .filter((part) => mail[part] !== '')
    .map((part) => {
      const button = element('button', { type: 'button', textContent: part === 'html' ? 'HTML' : 'Plain text' });
      button.setAttribute('aria-selected', String(part === chosenPart(mail)));
      button.setAttribute('role', 'tab');
      button.onclick = () => {
        shown.part = part;
        open(shown.position);
      };
      return button;
    });
  const choice = element('div', { className: 'tabs' }, ...buttons);
  choice.setAttribute('role', 'tablist');
  choice.setAttribute('aria-label', 'Parts of the e-mail');
  return choice;
}

const chosenPart = (mail) => (mail[shown.part] === '' ? (mail.html === '' ? 'text' : 'html') : shown.part);

function body(mail) {
  if (chosenPart(mail) === 'text') return element('pre', { textContent: mail.text });
  const frame = element('iframe', {
    title: 'The HTML of this e-mail',
    src: `/emails/${encodeURIComponent(mail.id)}/html`,
  });
  frame.setAttribute('sandbox', '');
  return frame;
}

for (const tab of tabs) {
  tab.onclick = () => {
    shown.kind = tab.dataset.kind;
    drawTabs();
    open(-1);
  };
}
byId('filter').oninput = drawList;

/** Requests for an update during another update are combined into one further update. */
let updating = Promise.resolve();
let waiting = false;
function updateSoon() {
  if (waiting) return;
  waiting = true;
  updating = updating
    .then(() => {
      waiting = false;
      return update();
    })
    .catch((error) => {
      live(false, `could not update: ${error.message}`);
    });
}

function live(on, text) {
  byId('live').className = on ? 'on' : '';
  byId('live').textContent = text;
}

const changes = new EventSource('/changes');
changes.onopen = () => {
  live(true, 'live');
  updateSoon();
};
changes.onmessage = updateSoon;
changes.onerror = () => live(false, 'disconnected; trying again');
