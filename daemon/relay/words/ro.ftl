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
rules-note = Ele permit. A semnat verificatorul pe care chioșcul l-a numit la asociere. Această pagină nu a calculat din nou.
capture = Captată chiar acum
capture-value = cu numărul { $counter } al cipului chioșcului
key = Cheia celui care cere
exactly = Mai exact

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
unverified-own = Deci nu s-a semnat nimic. Încercați din nou sau lăsați cum este.
unlocked-title = Puteți încerca din nou
unlocked-body = Chioșcul vă lasă încă o dată în fața lui.

lie-title = Nu se potrivește
lie-body = Ce cere chioșcul nu este ce spune, sau nu este pentru dumneavoastră, sau nu este de acum. Nu s-a semnat nimic. Spuneți celui care îl ține.
lie-part = Care parte
refused-title = Chioșcul spune nu
refused-body = Nu s-a făcut nimic din ce ați vrut.
own-words = Cu cuvintele lui
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

history = Ce s-a întâmplat înainte
history-none = Încă nimic. Aici stă numai ce s-a cerut și s-a făcut pe acest telefon.
told-signed = Ați semnat
told-declined = Ați spus nu
told-lapsed = Timpul a trecut
told-lie = Nu s-a potrivit
told-paired = Ați asociat acest telefon
told-taken = Ați luat înapoi o aprobare
told-complained = V-ați plâns
told-erased = Chioșcul a șters ce păstra despre dumneavoastră
told-reverted = Ați oprit o recuperare

devices = Telefoanele mele
device-own = Acesta este cel din mâna dumneavoastră.
device-until = până la { $time }
device-ended = scos la { $time }
device-end = Scoateți
ending-title = Scoateți „{ $label }”?
ending-body = Chioșcul nu îl mai primește, imediat. Nu se poate lua înapoi; se poate asocia din nou.
ending-own = Este telefonul din mâna dumneavoastră. Chioșcul nu îl mai primește, imediat. Se poate asocia din nou.
unlock = Lăsați-mă să încerc din nou la chioșc

works = Operele mele
works-none = Nimic al dumneavoastră nu a fost aprobat aici.
works-since = Permis din
works-until = Permis până la
works-taken = Luat înapoi
works-complaints = Plângeri
taking = Luați înapoi
taking-title = Luați înapoi „{ $title }”?
taking-body = De acum nimeni nu se mai poate baza pe această aprobare. Nu se poate anula; se poate cere din nou.
taken-title = Luat înapoi
taken-body = Este semnat și stă în jurnalul chioșcului. Cine cere aprobarea află.
complaining = Plângeți-vă
complaining-title = Ce este greșit la această folosire a „{ $title }”?
complaining-body = Cuvintele sunt semnate și le citește oricine întreabă de această cerere. O plângere singură nu încheie nimic.
complaining-go = Semnați și trimiteți
field-words = Cuvintele dumneavoastră
complained-title = Plângerea a ajuns
complained-body = Este semnată și stă în jurnalul chioșcului.

template = Ce păstrează chioșcul despre mine
template-since = Din
template-body = Fața și vocea ca numere, legate de cipul chioșcului. Nicio imagine și nicio înregistrare.
template-none = Acest chioșc nu păstrează nimic despre dumneavoastră.
template-renew = Ca să reînnoiți, înscrieți-vă din nou la chioșc cu acest telefon. Cel nou ia locul celui vechi.
erasing = Ștergeți
erasing-title = Ștergeți ce păstrează chioșcul despre dumneavoastră?
erasing-body = Nu mai puteți aproba la acest chioșc până nu vă înscrieți din nou. Chioșcul semnează o dovadă.
erased-title = Șters
erased-body = Chioșcul a semnat că a șters. Acest telefon păstrează dovada.
erased-receipt = Numărul dovezii
save = Salvați dovada
receipts = Dovezi pe care le păstrează acest telefon

keys = Cheile mele
keys-none = Nu s-a spus nimic despre cheile dumneavoastră. Cea cu care v-ați înscris face totul.
keys-approving = Chei care semnează pentru dumneavoastră
keys-admins = Chei care spun ce chei aveți
keys-agents = Ajutători, dacă totul e pierdut
keys-needed = e nevoie de { $count } din { $all }
keys-nobody = Nimeni
keys-told = Ce s-a spus despre ele
key-set = Cheile au fost stabilite
key-accept = O cheie a fost acceptată
key-recover = Un ajutător cere chei noi pentru dumneavoastră
key-support = Alt ajutător vrea același lucru
key-revert = O recuperare a fost oprită
key-other = Ceva ce această pagină nu cunoaște
key-by = Semnat cu
key-own = cea din acest telefon
key-then = Chei care ar semna atunci pentru dumneavoastră
key-wants = Ajutători care o vor
key-of = { $count } din { $needed } de care e nevoie
key-holds = Este valabilă din
key-open = Este valabilă la șapte zile după ce destui ajutători o vor. Dacă nu ați cerut-o, opriți-o.
revert = Opriți această recuperare
reverted-title = Oprită
reverted-body = Recuperarea s-a încheiat. Cheile rămân cum sunt.
