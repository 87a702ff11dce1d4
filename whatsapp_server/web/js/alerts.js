/**
 * Sounds and notices outside the page: once per person and event in one browser, however many tabs it has, and not of what
 * somebody is looking at in any of them. Every tab hears of every event; whose turn it is acts.
 */

/** How long the other tabs have to say what they show. */
const ANSWER_MS = 150;
/** Conversations of which is remembered that they have sounded. */
const REMEMBERED = 100;

export class Alerts {
  /** What somebody looks at, here and in the tabs that have answered, by the key of the event that it was asked about. */
  #looks = new Map();

  /**
   * @param options.channel  a BroadcastChannel between this person's tabs
   * @param options.storage  localStorage: what has sounded in one tab has in all, also after a reload
   * @param options.userId   whose tabs
   * @param options.voice    the Turn of making sounds
   * @param options.desk     the Turn of showing notices outside the page
   * @param options.wants    () => {sound, desktop}: what the person wants to be alerted by just now
   * @param options.shows    () => {conversation: id or null} while somebody looks at this tab, else null
   * @param options.readSeq  (conversation id) => the number of the last message that was read
   * @param options.play     makes the sound
   * @param options.show     takes an alert for a notice outside the page
   */
  constructor({ channel, storage, userId, voice, desk, wants, shows, readSeq, play, show, delay }) {
    Object.assign(this, { channel, storage, voice, desk, wants, shows, readSeq, play, show, delay });
    this.key = `sounded:${userId}`;
    channel.onmessage = ({ data }) => this.#hear(data);
  }

  /** Something happened in a conversation: {key, seq, sounds, text}, where seq is the number of the message that tells it. */
  async raise(alert, conversationId) {
    const { sound, desktop } = this.wants();
    const turns = { sound: alert.sounds && sound ? this.voice : null, desktop: desktop ? this.desk : null };
    if (!(await this.#isMine(turns))) return;
    const looks = await this.#whatIsLookedAt(alert.key);
    if (looks.includes(conversationId)) return;
    if (turns.sound?.held) this.#sound(alert, conversationId);
    // Whoever looks at another conversation of ours is told in the page.
    if (turns.desktop?.held && !looks.length) this.show(alert, conversationId);
  }

  close() {
    this.voice.want(false);
    this.desk.want(false);
    this.channel.close();
  }

  /** Forgets what has sounded. */
  erase() {
    this.storage.removeItem(this.key);
  }

  /** Whether any of it is for this tab to do. The tab whose turn it was may just be closing: so it is looked at twice. */
  async #isMine(turns) {
    const wanted = Object.values(turns).filter(Boolean);
    const mine = () => wanted.some((each) => each.held);
    if (wanted.length && !mine()) await this.delay(ANSWER_MS);
    return mine();
  }

  /** Once, until the conversation has been read as far as that. */
  #sound({ seq }, conversationId) {
    const sounded = Object.entries(this.#sounded()).filter(([id, each]) => this.readSeq(id) < each);
    if (sounded.some(([id]) => id === conversationId)) return;
    const kept = [...sounded, [conversationId, seq]].slice(-REMEMBERED);
    this.storage.setItem(this.key, JSON.stringify(Object.fromEntries(kept)));
    this.play();
  }

  #sounded() {
    return JSON.parse(this.storage.getItem(this.key) ?? "{}");
  }

  /** What stands in the tabs that somebody looks at as it happens: the id of a conversation each, or null. */
  async #whatIsLookedAt(key) {
    const own = this.shows();
    const looks = own ? [own.conversation] : [];
    this.#looks.set(key, looks);
    this.channel.postMessage({ ask: key });
    await this.delay(ANSWER_MS);
    this.#looks.delete(key);
    return looks;
  }

  #hear({ ask, answer, conversation }) {
    if (answer) this.#looks.get(answer)?.push(conversation);
    const own = ask && this.shows();
    if (own) this.channel.postMessage({ answer: ask, conversation: own.conversation });
  }
}
