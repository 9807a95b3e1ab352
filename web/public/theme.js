// Runs before the first paint, so that a remembered dark theme does not flash white.
// The key and the shape are those of src/lib/preferences.ts.
(function () {
  var choice = 'system';
  try {
    choice = JSON.parse(localStorage.getItem('parley.preferences') || '{}').state.theme;
  } catch (e) {
    // Nothing remembered, or storage is off: the system decides.
  }
  var dark = choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'parley-dark' : 'parley-light';
})();
