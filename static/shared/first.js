// deno-lint-ignore-file
/*
 * The first file of every page, in the JavaScript of 2009: says in a sentence why there is nothing where the page's own script does not run, be it that
 * it did not arrive, that the browser does not know a word of it, or that a function is missing. The script says `data-begun` when it has begun.
 */
(function () {
  var WORDS = "{words}";
  var isMissing = false;

  function say() {
    if (document.documentElement.hasAttribute("data-begun")) return;
    var notice = document.getElementById("notice");
    if (!notice) return;
    var words = WORDS[/^zh/i.test(navigator.language || "") ? "zh-TW" : "en"];
    var address = location.href.replace(/[?#].*$/, "").replace(/[^\/]*$/, "live.m3u8");
    notice.textContent = (isMissing ? words.incomplete : words.tooOld).replace("{address}", address);
    notice.removeAttribute("hidden");
  }

  window.addEventListener("error", function (event) {
    if (event.target && event.target.tagName === "SCRIPT") isMissing = true;
  }, true);
  // Modules have run by then, or have failed.
  window.addEventListener("load", say);
})();
