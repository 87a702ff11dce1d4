/** Being away, as others read it. */
import { now } from "../clock.js";
import { shortDate } from "../format.js";
import { locale, t } from "../i18n.js";
import { isAhead } from "../people.js";

/** "absent until 30/11" of somebody who is, else null. */
export function absenceOf(user) {
  const until = user?.absent_until;
  return isAhead(until, now.peek()) ? t("holder.absent", { until: shortDate(until, locale()) }) : null;
}
