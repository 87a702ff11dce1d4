/*
 * Runs first. A part of the page that cannot be had leaves it blank: a deploy has just replaced the server, which ships another
 * client now or is not back yet. So the page begins again.
 */
{
  const AGAIN_MS = 3000;
  let again = null;
  const begin = ({ target }) => {
    if (target instanceof HTMLScriptElement || target instanceof HTMLLinkElement) again ??= setTimeout(() => location.reload(), AGAIN_MS);
  };
  // Such errors do not bubble.
  addEventListener("error", begin, true);
}
