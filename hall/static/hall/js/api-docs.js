// Shows the schema of the API. The key that is typed in stays in the page's memory.
"use strict";
addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("docs");
  SwaggerUIBundle({ url: place.dataset.schema, domNode: place, deepLinking: true, validatorUrl: null });
});
