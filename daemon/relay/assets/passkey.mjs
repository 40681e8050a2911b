// The passkey: made on this device, used after the device has looked at its person (WebAuthn Level 3).
import { random } from "./bytes.mjs";
import { challenge, compressed, envelope } from "./cose.mjs";

const ES256 = -7;
const PATIENCE = 60_000;

/** Whether this browser has what is needed, in a place where it may be used. */
export const able = () => globalThis.isSecureContext && "credentials" in navigator
  && typeof globalThis.PublicKeyCredential === "function";

/** Makes one: what it is called, its key, and how the device is reached. */
export async function make(label) {
  const made = await navigator.credentials.create({ publicKey: {
    rp: { id: location.hostname, name: "Wetsign" },
    user: { id: random(16), name: label, displayName: label },
    challenge: random(32),
    pubKeyCredParams: [{ type: "public-key", alg: ES256 }],
    authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
    attestation: "none",
    timeout: PATIENCE,
  } });
  const { response } = made;
  if (response.getPublicKeyAlgorithm() !== ES256) throw new Error("the new passkey is of another kind");
  return {
    id: new Uint8Array(made.rawId),
    public: compressed(new Uint8Array(response.getPublicKey())),
    // Without them a device at the socket that does not know the passkey ends it for all.
    transports: response.getTransports(),
  };
}

/** The signed object over this payload. */
export async function sign(passkey, kind, payload) {
  const { response } = await navigator.credentials.get({ publicKey: {
    rpId: location.hostname,
    challenge: await challenge(kind, payload),
    allowCredentials: [{ type: "public-key", id: passkey.id, transports: passkey.transports }],
    userVerification: "required",
    timeout: PATIENCE,
  } });
  return envelope(payload, {
    authenticatorData: new Uint8Array(response.authenticatorData),
    clientData: new Uint8Array(response.clientDataJSON),
    signature: new Uint8Array(response.signature),
  });
}
