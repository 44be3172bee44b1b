// Ask: the conversation, oldest first, with the sessions beside it.
import { html, useEffect, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { go, href, route } from "../../lib/router.js";
import { Failure } from "../../ui/states.js";
import { Composer } from "./composer.js";
import {
  announcement, ask, askAgain, isBusy, loadError, newConversation, openConversation, sessionId, stop, turns,
} from "./conversation.js";
import { Sessions } from "./sessions.js";
import { Suggestions } from "./suggestions.js";
import { Turn } from "./turn.js";

export function AskView() {
  const { id, sub, params } = route.value;
  const [version, setVersion] = useState(0);
  useEffect(() => {
    if (id) openConversation(id);
    else if (sessionId.value !== null) go(href("ask", sessionId.value, { q: params.get("q") }), { isReplacing: true });
  }, [id]);
  const onSession = (made) => go(href("ask", made), { isReplacing: true });
  const onAsk = (text) => ask(text, onSession).then(() => setVersion((count) => count + 1));
  // An answered question stays as it was said; asked again it comes at the end, what failed in its own place.
  const onAgain = (turn) => (turn.answer ? onAsk(turn.question) : askAgain(turn, onSession));
  const onNew = () => { newConversation(); go(href("ask")); };
  const list = turns.value;
  return html`<div class="ask"><section class="stack" aria-label=${t("ask.conversation")}>
      <h1 class=${list.length ? "hidden-visually" : ""}>${t("ask.headline")}</h1>
      ${loadError.value && html`<${Failure} error=${loadError.value} />`}
      ${list.length === 0 && !loadError.value && html`<${Suggestions} onChoose=${onAsk} />`}
      <div class="conversation">${list.map((turn, index) => html`<${Turn} key=${turn.key} turn=${turn} sessionId=${sessionId.value}
        isLatest=${index === list.length - 1} isAimed=${Boolean(sub) && turn.messageId === sub} onAgain=${onAgain} onChoose=${onAsk} />`)}</div>
      <${Composer} initial=${params.get("q")} isBusy=${isBusy()} lastQuestion=${list.at(-1)?.question} onAsk=${onAsk} onStop=${stop} />
    </section>
    <${Sessions} currentId=${sessionId.value} version=${version} onNew=${onNew} />
    <p class="hidden-visually" role="status">${announcement.value}</p></div>`;
}
