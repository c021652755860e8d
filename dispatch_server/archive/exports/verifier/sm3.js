// SM3 (GB/T 32905-2016), in pieces: browsers have none. `new Sm3().update(bytes).hex()`.
"use strict";

const SM3_START = [
  0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e,
];
const SM3_CONSTANTS = new Int32Array(64);
for (let j = 0; j < 64; j += 1) {
  const value = j < 16 ? 0x79cc4519 : 0x7a879d8a;
  const turn = j % 32;
  SM3_CONSTANTS[j] = turn ? (value << turn) | (value >>> (32 - turn)) : value;
}

class Sm3 {
  constructor() {
    this.state = Int32Array.from(SM3_START);
    this.words = new Int32Array(68);
    this.block = new Uint8Array(64);
    this.held = 0; // bytes in `block`
    this.length = 0;
  }

  update(data) {
    this.length += data.length;
    let at = 0;
    if (this.held) {
      at = Math.min(64 - this.held, data.length);
      this.block.set(data.subarray(0, at), this.held);
      this.held += at;
      if (this.held < 64) return this;
      this.compress(this.block, 0);
      this.held = 0;
    }
    for (; at + 64 <= data.length; at += 64) this.compress(data, at);
    this.block.set(data.subarray(at), 0);
    this.held = data.length - at;
    return this;
  }

  hex() {
    const bits = BigInt(this.length) * 8n;
    const end = new Uint8Array((this.held < 56 ? 64 : 128) - this.held);
    end[0] = 0x80;
    new DataView(end.buffer).setBigUint64(end.length - 8, bits);
    this.update(end);
    return Array.from(this.state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  compress(data, at) {
    const words = this.words;
    for (let j = 0; j < 16; j += 1, at += 4) {
      words[j] = (data[at] << 24) | (data[at + 1] << 16) | (data[at + 2] << 8) | data[at + 3];
    }
    for (let j = 16; j < 68; j += 1) {
      const third = words[j - 3];
      const mixed = words[j - 16] ^ words[j - 9] ^ ((third << 15) | (third >>> 17));
      const spread = mixed ^ ((mixed << 15) | (mixed >>> 17)) ^ ((mixed << 23) | (mixed >>> 9));
      const old = words[j - 13];
      words[j] = spread ^ ((old << 7) | (old >>> 25)) ^ words[j - 6];
    }
    const state = this.state;
    // One by one: taking a list apart costs more than all the rounds.
    let a = state[0];
    let b = state[1];
    let c = state[2];
    let d = state[3];
    let e = state[4];
    let f = state[5];
    let g = state[6];
    let h = state[7];
    for (let j = 0; j < 64; j += 1) {
      const turned = (a << 12) | (a >>> 20);
      const sum = (turned + e + SM3_CONSTANTS[j]) | 0;
      const first = (sum << 7) | (sum >>> 25);
      const chosen = j < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
      const other = j < 16 ? e ^ f ^ g : (e & f) | (~e & g);
      const one = (chosen + d + (first ^ turned) + (words[j] ^ words[j + 4])) | 0;
      const two = (other + h + first + words[j]) | 0;
      d = c;
      c = (b << 9) | (b >>> 23);
      b = a;
      a = one;
      h = g;
      g = (f << 19) | (f >>> 13);
      f = e;
      e = two ^ ((two << 9) | (two >>> 23)) ^ ((two << 17) | (two >>> 15));
    }
    state[0] ^= a;
    state[1] ^= b;
    state[2] ^= c;
    state[3] ^= d;
    state[4] ^= e;
    state[5] ^= f;
    state[6] ^= g;
    state[7] ^= h;
  }
}

globalThis.Sm3 = Sm3;
