// What the attach menu sends besides text: the webhook parameters that Twilio adds for each kind.

const hex = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function media(accountSid, contentType) {
  const sid = `MM${hex()}`;
  const path = `/2010-04-01/Accounts/${accountSid}/Messages/${sid}/Media/ME${hex()}`;
  return {
    MessageSid: sid,
    SmsSid: sid,
    SmsMessageSid: sid,
    MediaUrl0: location.origin + path,
    MediaContentType0: contentType,
  };
}

/** name -> the message that the menu's entry sends. */
export const SAMPLES = {
  location: () => ({
    body: "",
    params: {
      Latitude: "-23.561414",
      Longitude: "-46.655881",
      Label: "MASP",
      Address: "Av. Paulista, 1578, São Paulo",
    },
  }),
  photo: (accountSid) => ({ body: "", params: media(accountSid, "image/jpeg") }),
  audio: (accountSid) => ({ body: "", params: media(accountSid, "audio/ogg") }),
  document: (accountSid) => ({ body: "", params: media(accountSid, "application/pdf") }),
  button: () => ({
    body: "Sim",
    params: { ButtonText: "Sim", ButtonPayload: "yes", ButtonType: "QUICK_REPLY" },
  }),
};
