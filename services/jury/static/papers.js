// A paper that is joined or taken out brings along what is being typed in the application, which the server saves first.

const application = document.getElementById("dossier");

function bring(event) {
  for (const [name, value] of new FormData(application)) if (!event.formData.has(name)) event.formData.append(name, value);
}

for (const form of document.querySelectorAll('form[action*="/pieces/"]')) form.addEventListener("formdata", bring);
