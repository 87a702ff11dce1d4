/**
 * Sounds and notices outside the page: once per person and event, however many tabs and browsers they have, and not of what
 * they are looking at in any of them. Every tab hears of every event; in a browser whose turn it is acts, and of several
 * browsers the one to which the server grants it.
 */

/** How long the other tabs have to say what they show. */
const ANSWER_MS = 150;
/** A browser at which nobody looks leaves it for so long to one at which somebody does. */
const BEHIND_MS = 300;
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
   * @param options.claim    (what) => a promise whether it is this browser's to do, and no other's of this person
   */
  constructor({ channel, storage, userId, voice, desk, wants, shows, readSeq, play, show, claim, delay }) {
    Object.assign(this, { channel, storage, voice, desk, wants, shows, readSeq, play, show, claim, delay });
    this.key = `sounded:${userId}`;
    channel.onmessage = ({ data }) => this.#hear(data);
  }

  /** Something happened in a conversation: {key, seq, sounds, text}, where seq is the number of the message that tells it. */
  async raise(alert, conversationId) {
    const { sound, desktop } = this.wants();
    const turns = { sound: alert.sounds && sound ? this.voice : null, desktop: desktop ? this.desk : null };
    // Whoever looks at a conversation of ours is told in the page: nowhere a notice outside is needed.
    if (this.shows()) this.claim(outside(alert));
    if (!(await this.#isMine(turns))) return;
    const looks = await this.#whatIsLookedAt(alert.key);
    if (looks.includes(conversationId)) return;
    if (!looks.length) await this.delay(BEHIND_MS);
    if (alert.seq !== null && alert.seq <= this.readSeq(conversationId)) return;
    if (turns.sound?.held) await this.#sound(alert, conversationId);
    if (turns.desktop?.held && !looks.length && (await this.claim(outside(alert)))) this.show(alert, conversationId);
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
  async #sound({ seq }, conversationId) {
    const sounded = Object.entries(this.#sounded()).filter(([id, each]) => this.readSeq(id) < each);
    if (sounded.some(([id]) => id === conversationId)) return;
    const kept = [...sounded, [conversationId, seq]].slice(-REMEMBERED);
    // Before anything is waited for: the next one finds it.
    this.storage.setItem(this.key, JSON.stringify(Object.fromEntries(kept)));
    if (await this.claim(`sound:${conversationId}:${this.readSeq(conversationId)}`)) this.play();
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

const outside = ({ key }) => `outside:${key}`;
