// Verifies an unpacked export: files against the signed manifest, fragments, chains, seals, and the acts of its custody.
// Knows no page and no disk: a file is { size, read(from, to) → Promise<Uint8Array> }, so that only a piece is in memory.
"use strict";

const MANIFEST = "manifest.json";
const SIGNATURE = "manifest.sig";
const CUSTODY = "custody.json";
const MANIFEST_FORM = "dispatch.export.manifest.v1";
const SEAL_FORM = "dispatch.recording.seal.v1";
const SMALL_BYTES = 64 << 20; // of a document that is read whole
const PART_BYTES = 256 << 20; // of a fragment
const LINE = /^(\{.*),"digest":"([0-9a-f]{64})","chain":"([0-9a-f]{64})"\}$/;
const utf8 = new TextEncoder();

function differs(one, other) {
  return one !== other;
}

// Sorted keys, no spaces (as RFC 8785, for objects of texts and whole numbers).
function canonical(plain, without = "") {
  const names = Object.keys(plain).filter((name) => name !== without).sort();
  return utf8.encode(JSON.stringify(Object.fromEntries(names.map((name) => [name, plain[name]]))));
}

function sm3Of(...parts) {
  const sm3 = new globalThis.Sm3();
  for (const part of parts) sm3.update(part);
  return sm3.hex();
}

function hexOf(data) {
  return Array.from(new Uint8Array(data), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function bytesOf(hex) {
  if (typeof hex !== "string" || hex.length % 2 || /[^0-9a-f]/.test(hex)) throw new Error("no hexadecimal text");
  return Uint8Array.from(hex.match(/../g) || [], (pair) => parseInt(pair, 16));
}

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return whole;
}

async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", parts.length === 1 ? parts[0] : joined(...parts)));
}

// RFC 7638: what a key is called.
async function thumbprint(jwk) {
  const names = jwk.kty === "EC" ? ["crv", "kty", "x", "y"] : ["crv", "kty", "x"];
  const digest = await sha256(utf8.encode(JSON.stringify(Object.fromEntries(names.map((name) => [name, jwk[name]])))));
  return btoa(String.fromCharCode(...digest)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

async function isSigned(jwk, signature, data) {
  const isEd = jwk.kty === "OKP" && jwk.crv === "Ed25519";
  if (!isEd && !(jwk.kty === "EC" && jwk.crv === "P-256")) return false;
  const plain = isEd ? { kty: "OKP", crv: "Ed25519", x: jwk.x } : { kty: "EC", crv: "P-256", x: jwk.x, y: jwk.y };
  const kind = isEd ? { name: "Ed25519" } : { name: "ECDSA", namedCurve: "P-256" };
  const key = await crypto.subtle.importKey("jwk", plain, kind, false, ["verify"]);
  return crypto.subtle.verify(isEd ? kind : { name: "ECDSA", hash: "SHA-256" }, key, bytesOf(signature), data);
}

function jwkOfRaw(hex) {
  const x = btoa(String.fromCharCode(...bytesOf(hex))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  return { kty: "OKP", crv: "Ed25519", x };
}

class Verification {
  // files: Map of path → file; progress(done, total, path) is told now and then.
  constructor(files, { withSm3 = true, progress = () => {} } = {}) {
    this.files = files;
    this.withSm3 = withSm3;
    this.progress = progress;
    this.problems = [];
    this.counts = { files: 0, bytes: 0, fragments: 0, recordings: 0, seals: 0, acts: 0, sm3: 0, stamps: 0 };
    this.keys = new Map(); // thumbprint → JWK
    this.sealKeys = new Set(); // thumbprints of the keys that sealed
    this.done = 0;
    this.total = 0;
  }

  found(code, path, detail = "") {
    this.problems.push({ code, path, detail: String(detail) });
  }

  advance(count, path) {
    this.done += count;
    this.progress(this.done, this.total, path);
  }

  async whole(path) {
    const file = this.files.get(path);
    if (!file) throw new Error("the file is missing");
    if (file.size > SMALL_BYTES) throw new Error("the file is too large");
    return file.read(0, file.size);
  }

  async json(path) {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(await this.whole(path)));
  }

  async run() {
    await this.guarded("manifest", MANIFEST, () => this.checkManifest());
    if (!this.manifest) return this;
    const media = this.manifest.files.filter((one) => one.path.endsWith(".mp4"));
    this.total = [...this.manifest.files, ...media].reduce((sum, one) => sum + one.bytes, 0);
    for (const one of this.manifest.files) await this.guarded("file", one.path, () => this.checkFile(one));
    const listed = new Set([MANIFEST, SIGNATURE, ...this.manifest.files.map((one) => one.path)]);
    for (const path of this.files.keys()) if (!listed.has(path)) this.found("unlisted", path);
    for (const one of this.manifest.recordings) {
      await this.guarded("recording", `recordings/${one.id}`, () => this.checkRecording(one));
    }
    if (listed.has(CUSTODY)) await this.guarded("custody", CUSTODY, () => this.checkCustody());
    return this;
  }

  async guarded(code, path, check) {
    try {
      await check();
    } catch (error) {
      this.found(`${code}_unreadable`, path, error && error.message ? error.message : error);
    }
  }

  async checkManifest() {
    const bytes = await this.whole(MANIFEST);
    const signature = await this.json(SIGNATURE);
    this.key = await thumbprint(signature.key);
    this.keys.set(this.key, signature.key);
    const good = await isSigned(signature.key, signature.signature, joined(utf8.encode(`${MANIFEST_FORM}\n`), bytes));
    if (!good) this.found("manifest_signature", SIGNATURE);
    const manifest = await this.json(MANIFEST);
    if (manifest.form !== MANIFEST_FORM) this.found("manifest_form", MANIFEST);
    if (manifest.key !== this.key || signature.thumbprint !== this.key) this.found("manifest_key", SIGNATURE);
    for (const jwk of manifest.keys || []) this.keys.set(await thumbprint(jwk), jwk);
    this.digest = hexOf(await sha256(bytes));
    this.isSigned = good;
    this.manifest = manifest;
  }

  async checkFile(one) {
    const file = this.files.get(one.path);
    if (!file) return this.found("missing", one.path);
    if (file.size !== one.bytes) return this.found("size", one.path, `${file.size} ≠ ${one.bytes}`);
    const step = this.manifest.slice_bytes;
    const sliced = one.bytes > step;
    const sm3 = this.withSm3 && one.sm3 ? new globalThis.Sm3() : null;
    if (sliced && one.slices.length !== Math.ceil(one.bytes / step)) return this.found("slices", one.path);
    for (let at = 0; at < one.bytes || at === 0; at += step) {
      const data = await file.read(at, Math.min(at + step, one.bytes));
      const expected = sliced ? one.slices[at / step] : one.sha256;
      if (differs(hexOf(await sha256(data)), expected)) this.found("digest", one.path, at);
      if (sm3) sm3.update(data);
      this.advance(data.length, one.path);
    }
    if (sm3 && differs(sm3.hex(), one.sm3)) this.found("sm3", one.path);
    if (sm3) this.counts.sm3 += 1;
    this.counts.files += 1;
    this.counts.bytes += one.bytes;
  }

  async checkRecording(one) {
    const folder = `recordings/${one.id}/`;
    const inside = (name) => folder + name;
    const numbers = [...this.files.keys()]
      .filter((path) => path.startsWith(folder) && /^\d{6}\.jsonl$/.test(path.slice(folder.length)))
      .map((path) => path.slice(folder.length, folder.length + 6))
      .sort();
    if (numbers.length !== one.segments) this.found("segments", folder, `${numbers.length} ≠ ${one.segments}`);
    const seal = this.files.has(inside("seal.json")) ? await this.json(inside("seal.json")) : null;
    const walk = { known: null, sm3: this.withSm3 && seal && seal.sm3 ? new Uint8Array(32) : null };
    for (const number of numbers) {
      await this.guarded("segment", inside(`${number}.mp4`), () => this.checkSegment(one, folder, number, walk));
    }
    const end = await this.json(inside("closed.json"));
    if (walk.known && !walk.known.has(end.chain)) this.found("end", inside("closed.json"));
    if (differs(end.chain, one.chain)) this.found("chain_head", inside("closed.json"));
    if (walk.sm3 && differs(hexOf(walk.sm3), seal.sm3)) this.found("sm3_chain", inside("seal.json"));
    if (seal) await this.checkSeal(one, folder, seal, end);
    else if (one.sealed) this.found("seal_missing", folder);
    if (this.files.has(inside("seal.tsr"))) this.counts.stamps += 1;
    this.counts.recordings += 1;
  }

  async checkSegment(recording, folder, number, walk) {
    const path = `${folder}${number}.mp4`;
    const index = `${folder}${number}.jsonl`;
    const media = this.files.get(path);
    const lines = new TextDecoder("utf-8", { fatal: true }).decode(await this.whole(index)).split("\n");
    lines.pop(); // what stands behind the last whole line was never announced
    const place = { chain: null, end: 0, number: null, seen: new Set(), second: [] };
    if (walk.sm3) place.second = new TextDecoder().decode(await this.whole(`${folder}${number}.sm3`)).split("\n");
    for (const [at, line] of lines.entries()) {
      const wrong = await this.checkLine(recording, media, path, line, place, walk, at);
      if (wrong) return this.found(wrong, index, `line ${at + 1}`);
    }
    walk.known = place.seen;
  }

  async checkLine(recording, media, path, line, place, walk, at) {
    const isFirst = at === 0;
    const parts = LINE.exec(line);
    if (!parts) return "line";
    const metadata = `${parts[1]}}`;
    const entry = JSON.parse(metadata);
    if (isFirst !== (entry.kind === "segment")) return "head";
    if (isFirst) {
      if (entry.recording !== recording.id || entry.algorithm !== "sha-256") return "head";
      if (walk.known && !walk.known.has(entry.previous)) return "segment_chain";
      place.chain = bytesOf(entry.previous);
      place.seen.add(entry.previous);
    }
    if (entry.kind === "fragment") {
      const follows = place.number === null || entry.number === place.number + 1;
      if (entry.offset !== place.end || !follows) return "fragment_order";
      place.number = entry.number;
      this.counts.fragments += 1;
    }
    const length = entry.kind === "gap" ? 0 : entry.bytes;
    if (!Number.isSafeInteger(length) || length < 0 || length > PART_BYTES) return "part_size";
    if (length && !media) return "media_missing";
    const data = length ? await media.read(place.end, place.end + length) : new Uint8Array();
    if (differs(hexOf(await sha256(data)), parts[2])) return "fragment_digest";
    const chain = await sha256(place.chain, bytesOf(parts[2]), utf8.encode(metadata));
    if (differs(hexOf(chain), parts[3])) return "chain";
    if (walk.sm3) {
      const digest = sm3Of(data);
      walk.sm3 = bytesOf(sm3Of(walk.sm3, bytesOf(digest), utf8.encode(metadata)));
      if (differs(`{"chain":"${hexOf(walk.sm3)}","digest":"${digest}"}`, place.second[at])) return "sm3_chain";
    }
    place.chain = chain;
    place.seen.add(parts[3]);
    place.end += length;
    this.advance(length, path);
    return "";
  }

  async checkSeal(one, folder, seal, end) {
    const path = `${folder}seal.json`;
    if (seal.form !== SEAL_FORM || seal.recording !== one.id) return this.found("seal_form", path);
    if (differs(seal.chain, end.chain)) this.found("seal_chain", path);
    for (const [name, digest] of [["recording.json", seal.card], ["closed.json", seal.end]]) {
      if (!digest) continue;
      const said = await this.json(folder + name);
      if (said.origin === "terminal") said.department = ""; // the register's word, not the device's
      const found = hexOf(await sha256(canonical(said)));
      if (differs(found, digest)) this.found("seal_content", folder + name);
    }
    for (const name of ["device_key.json", "evidence_key.json"]) {
      if (!this.files.has(folder + name)) continue;
      const jwk = await this.json(folder + name);
      this.keys.set(await thumbprint(jwk), jwk);
    }
    const key = this.keys.get(seal.key);
    if (!key) return this.found("seal_key_unknown", path, seal.key);
    const isGood = await isSigned(key, seal.signature, canonical(seal, "signature"));
    if (!isGood) return this.found("seal_signature", path);
    this.sealKeys.add(seal.key);
    this.counts.seals += 1;
  }

  async checkCustody() {
    const custody = await this.json(CUSTODY);
    if (!custody.head) return;
    const head = custody.head;
    const isGood = await isSigned(jwkOfRaw(head.key), head.signature, canonical(head, "signature"));
    if (!isGood) this.found("custody_head", CUSTODY);
    for (const act of custody.acts) {
      const index = JSON.parse(act.line).index;
      const root = await rootOf(index, head.size, utf8.encode(act.line), act.proof);
      if (differs(root, head.root)) this.found("custody_act", CUSTODY, index);
      this.counts.acts += 1;
    }
  }
}

// RFC 9162 2.1.3.2: the root that an inclusion proof leads to, or nothing.
async function rootOf(index, size, line, proof) {
  if (!(index >= 0 && index < size)) return "";
  let node = index;
  let last = size - 1;
  let hash = await sha256(Uint8Array.of(0), line);
  for (const step of proof) {
    if (last === 0) return "";
    const other = bytesOf(step);
    if (node % 2 || node === last) {
      hash = await sha256(Uint8Array.of(1), other, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
    } else {
      hash = await sha256(Uint8Array.of(1), hash, other);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 ? hexOf(hash) : "";
}

// Paths as the manifest has them: below the folder in which the uppermost manifest lies.
function withoutTop(paths) {
  const manifests = paths.filter((path) => path === MANIFEST || path.endsWith(`/${MANIFEST}`));
  const top = manifests.sort((one, other) => one.split("/").length - other.split("/").length)[0];
  const prefix = top ? top.slice(0, -MANIFEST.length) : "";
  return new Map(paths.filter((path) => path.startsWith(prefix)).map((path) => [path.slice(prefix.length), path]));
}

globalThis.DispatchVerifier = { Verification, withoutTop };
