# Ce citește un om pe telefonul lui, în cuvinte simple.

language = Limba
back = Înapoi
again = Încercați din nou
more = Altele
yes = Da
no = Nu

unable-title = Acest browser nu poate semna
unable-body = E nevoie de chei de acces (passkeys), pe o pagină cu certificat. Deschideți pagina într-un browser mai nou.

pair-title = Asociați acest telefon
pair-body = Chioșcul arată o imagine. Fotografiați-o cu acest telefon și deschideți adresa. Sau scrieți aici textul ei.
pair-read = Imaginea a fost citită. Dați telefonului un nume după care îl recunoașteți.
field-invitation = Textul imaginii
field-label = Cum numiți acest telefon
pair-go = Asociați

making-title = O clipă
making-body = Telefonul vă poate cere degetul, fața sau codul. Face o cheie de acces care rămâne la dumneavoastră.

digits-title = Sunt la fel?
digits-body = Priviți chioșcul. Dacă arată alte cifre, cineva se află la mijloc.
digits-same = Sunt la fel
digits-differ = Sunt diferite

kiosk-title = Acum spuneți da la chioșc
kiosk-body = Chioșcul întreabă dacă amândouă arată aceleași cifre.

signing-title = Telefonul vă întreabă
signing-body = Arătați degetul sau fața, ori scrieți codul.

waiting-title = Nu vi se cere nimic
waiting-body = Țineți pagina deschisă cât sunteți la chioșc. Ce cere el apare aici.
away-title = Chioșcul nu este acolo
away-body = Pagina încearcă mai departe. Vedeți dacă telefonul și chioșcul au rețea.

asked-title = Permiteți aceasta?
asked-code = Chioșcul trebuie să arate aceleași cifre. Dacă nu, spuneți nu.
asked-left = { $form ->
    [one] a rămas { $count } secundă
    [few] au rămas { $count } secunde
   *[other] au rămas { $count } de secunde
}
who = Cine cere
who-known = Chioșcul îi cunoaște.
who-unknown = Chioșcul nu îi cunoaște. Numele este spus de ei.
contact = Cum îi găsiți
what = Ce este al dumneavoastră
purpose = Pentru ce
text = Ce se va spune sau face
held = Se află în altă parte; nimeni de aici nu l-a citit
days = Cât timp
days-value = { $form ->
    [one] { $count } zi
    [few] { $count } zile
   *[other] { $count } de zile
}
fee = Plata
fee-value = { $amount } heart
rules = Ce spun regulile proprietarului
rules-note = Ele permit. Așa spune verificatorul chioșcului, sub semnătură. Această pagină nu a calculat din nou.
capture = Captată chiar acum
capture-value = cu numărul { $counter } al cipului chioșcului
key = Cheia celui care cere

consent-title = Sunteți de acord?

signed-title = Semnat
signed-body = Chioșcul are semnătura dumneavoastră.
paired-title = Asociat
paired-body = Acest telefon semnează pentru dumneavoastră la acest chioșc 90 de zile. Țineți pagina deschisă cât vă înscrieți.
declined-title = Ați spus nu
declined-body = Nu s-a semnat nimic pentru ei.
lapsed-title = Timpul a trecut
lapsed-body = Nu s-a semnat nimic. Chioșcul poate cere din nou.
unverified-title = Telefonul nu v-a recunoscut
unverified-body = Deci nu s-a semnat nimic. Încercați din nou cât chioșcul așteaptă; apoi începeți din nou acolo.
unlocked-title = Puteți încerca din nou
unlocked-body = Chioșcul vă lasă încă o dată în fața lui.

lie-title = Nu se potrivește
lie-body = Ce cere chioșcul nu este ce spune, sau nu este pentru dumneavoastră, sau nu este de acum. Nu s-a semnat nimic.
refused-title = Chioșcul spune nu
unpaired-title = Acest telefon nu este primit
unpaired-body = Asocierea a trecut sau a fost încheiată. Asociați-l din nou la chioșc.
pair-again = Asociați din nou

trouble-title = Nu a mers
trouble-none = Acesta nu este textul imaginii.
trouble-elsewhere = Imaginea duce la altă pagină. Deschideți-o cu camera acestui telefon.
trouble-late = Imaginea ține un minut. Începeți din nou la chioșc.
trouble-between = Poate cineva se află la mijloc. Nimeni nu este asociat. Începeți din nou; nimeni altcineva să nu vadă imaginea.
trouble-clock = Ceasurile chioșcului și telefonului diferă cu peste două minute. Potriviți-l pe cel greșit.
trouble-away = Chioșcul nu a răspuns. Începeți din nou.

history = Ce s-a cerut înainte
history-none = Încă nimic. Aici stă numai ce i s-a cerut acestui telefon.
told-signed = Ați semnat
told-declined = Ați spus nu
told-lapsed = Timpul a trecut
told-lie = Nu s-a potrivit
told-paired = Ați asociat acest telefon

devices = Telefoanele mele
device-own = Acesta este cel din mâna dumneavoastră.
device-until = până la { $time }
device-ended = încheiat la { $time }
device-end = Încheiați
ending-title = Încheiați { $label }?
ending-body = Chioșcul nu îl mai primește, imediat. Nu se poate lua înapoi; se poate asocia din nou.
unlock = Lăsați-mă să încerc din nou
