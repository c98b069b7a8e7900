// deno-lint-ignore-file
/*
 * Asks for this page's viewer while its script is still on its way and read, a third of a second on a telephone. In the JavaScript of 2009, and only a
 * guess: who comes back after a reload, or cannot play by hls.js, is left to the script.
 */
(function () {
  try {
    if (!window.fetch || !window.MediaSource || sessionStorage.getItem("tercet.viewer") !== null) return;
    window.earlyViewer = fetch("api/viewers", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ player: "hls.js" }),
      cache: "no-store",
    }).then(null, function () {
      return null;
    });
  } catch (problem) {
    // No storage here: the script knows what to do then.
  }
})();
