// Makes the countdown tick. The page says the same without it, and reloads itself when scripts are off.
(function () {
  "use strict";
  var el = document.querySelector("[data-until]");
  if (!el) return;
  var until = Date.parse(el.getAttribute("data-until"));
  var skew = Date.parse(el.getAttribute("data-now")) - Date.now(); // the server's clock counts, not this machine's
  function two(n) { return (n < 10 ? "0" : "") + n; }
  function tick() {
    var left = Math.ceil((until - Date.now() - skew) / 1000);
    if (left <= 0) {
      el.textContent = el.getAttribute("data-over");
      setTimeout(function () { location.reload(); }, 3000);
      return;
    }
    var d = Math.floor(left / 86400), h = Math.floor(left % 86400 / 3600), m = Math.floor(left % 3600 / 60), s = left % 60;
    el.textContent = (d ? d + " 天 " : "") + two(h) + ":" + two(m) + ":" + two(s);
    setTimeout(tick, 1000 - (Date.now() + skew) % 1000);
  }
  tick();
})();
