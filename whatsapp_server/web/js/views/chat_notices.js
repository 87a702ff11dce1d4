/** Of which of the colleagues' own chats one wants to be told; kept on the server, so that it holds everywhere. */
import { t } from "../i18n.js";
import { html, useApp } from "../lib.js";
import { CHAT_NOTICES } from "../notices.js";
import { sentencesOf } from "../problems.js";
import { showToast } from "../toasts.js";
import { Choice } from "./choice.js";

export function ChatNotices() {
  const { api, store } = useApp();
  const { chats } = store.me.value.notifications;
  const keep = (notifications) => {
    store.me.value = { ...store.me.peek(), notifications };
  };
  const choose = async (value) => {
    keep({ chats: value });
    try {
      keep(await api.request("PUT", "/api/me/notifications", { chats: value }));
    } catch (error) {
      keep({ chats });
      showToast(sentencesOf(error).notice);
    }
  };
  return html`<${Choice} label=${t("chat.notices")} name="chats" value=${chats} onChoose=${choose} testid="chat-notices"
    options=${CHAT_NOTICES.map((each) => [each, t(`chat.notices.${each}`)])} />`;
}
