"use strict";
// Runs before the page is drawn: what needs scripts shows only where they run.
document.documentElement.classList.add("scripts");
