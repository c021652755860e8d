// The page around the verifier: picks files, shows progress, says in words what was proved.
"use strict";

(() => {
  const MOST_SHOWN = 200;
  const $ = (id) => document.getElementById(id);
  let texts = globalThis.VerifierTexts.zh;
  let last = null;

  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  function say() {
    for (const element of document.querySelectorAll("[data-text]")) element.textContent = texts[element.dataset.text];
    $("language").textContent = texts.other;
    document.title = texts.title;
    document.documentElement.lang = texts === globalThis.VerifierTexts.zh ? "zh-CN" : "en";
    if (last) show(last);
  }

  function list(id, lines) {
    const items = lines.slice(0, MOST_SHOWN).map((line) => {
      const item = document.createElement("li");
      item.textContent = line;
      return item;
    });
    if (lines.length > MOST_SHOWN) {
      const more = document.createElement("li");
      more.textContent = filled(texts.more, { count: lines.length - MOST_SHOWN });
      items.push(more);
    }
    $(id).replaceChildren(...items);
  }

  function proved(done) {
    const counts = { ...done.counts, unsealed: done.counts.recordings - done.counts.seals };
    const names = ["files"];
    if (done.isSigned) names.unshift("signature");
    if (counts.sm3) names.push("sm3s");
    if (counts.fragments) names.push("fragments");
    if (counts.seals) names.push("seals");
    if (counts.unsealed) names.push("unsealed");
    if (counts.stamps) names.push("stamps");
    if (counts.acts) names.push("acts");
    return names.map((name) => filled(texts[name], counts));
  }

  function show(done) {
    last = done;
    const isGood = done.problems.length === 0;
    const expected = $("expected").value.trim();
    const isOther = Boolean(expected) && expected !== done.key;
    $("verdict").textContent = !isGood ? texts.bad : isOther ? texts.key_other : texts.good;
    $("verdict").className = isGood && !isOther ? "good" : "bad";
    $("result").dataset.verdict = isGood && !isOther ? "good" : "bad";
    list("proved", isGood ? proved(done) : []);
    $("problems_title").hidden = isGood;
    list("problems", done.problems.map((one) => `${texts.codes[one.code] || one.code}: ${one.path} ${one.detail}`));
    $("key").textContent = done.key || "-";
    $("seal_keys").textContent = [...done.sealKeys].join(" ") || "-";
    $("manifest").textContent = done.digest || "-";
    const about = !expected ? "compare_key" : expected === done.key ? "key_same" : "key_other";
    $("about_key").textContent = texts[about];
    $("about_key").className = about === "key_other" ? "warning bad" : "warning";
    $("result").hidden = false;
  }

  async function verify(picked) {
    const found = [...picked].map((file) => [file.webkitRelativePath || file.name, file]);
    const byPath = new Map(found);
    const files = new Map();
    for (const [path, full] of globalThis.DispatchVerifier.withoutTop([...byPath.keys()])) {
      const file = byPath.get(full);
      const read = async (from, to) => new Uint8Array(await file.slice(from, to).arrayBuffer());
      files.set(path, { size: file.size, read });
    }
    $("result").hidden = true;
    $("progress").hidden = false;
    const progress = (done, total, path) => {
      $("progress").value = total ? done / total : 0;
      $("doing").textContent = `${texts.doing}${path}`;
    };
    const verification = new globalThis.DispatchVerifier.Verification(files, { withSm3: $("sm3").checked, progress });
    await verification.run();
    $("progress").hidden = true;
    $("doing").textContent = "";
    show(verification);
  }

  $("folder").addEventListener("change", (event) => verify(event.target.files));
  $("expected").addEventListener("input", () => last && show(last));
  $("language").addEventListener("click", () => {
    const { zh, en } = globalThis.VerifierTexts;
    texts = texts === zh ? en : zh;
    say();
  });
  say();
})();
