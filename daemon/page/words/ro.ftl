# Ce citește omul din fața chioșcului, în cuvinte simple. Tratarea este de politețe; nimeni nu este grăbit, nimeni nu este învinuit.

language-name = Română
leave = Ieșire
page-title = Wetsign
step-read = Citire
step-agree = Acord
step-show = Arătare
step-prove = Dovadă
step-sign = Semnătură
steps-label = Unde vă aflați
camera-on = Camera și microfonul sunt pornite
camera-off = Camera și microfonul sunt oprite
time-left = Timp rămas
seconds-short = { $number } s
language-label = Limba

idle-title = Bun venit
idle-nothing = Acum nu vi se cere nimic.
idle-waiting = { $form ->
    [one] O cerere așteaptă răspuns.
    [few] { $count } cereri așteaptă răspuns.
   *[other] { $count } de cereri așteaptă răspuns.
}
idle-read = Citiți cererea
idle-enrol = Înscriere
idle-pair = Asociază telefonul meu

who-title = Cine sunteți?
who-none = Nu sunt pe listă

asked-title = Permiteți acest lucru?
asked-who = Cine cere
asked-called = așa se numește aplicația pe sine
asked-owner = Își schimbă proprietarul pentru totdeauna. Noul proprietar
asked-purpose = Pentru ce
asked-text = Ce urmează să fie spus sau făcut
asked-elsewhere = Un conținut păstrat în altă parte. Nimeni de aici nu îl poate citi.
asked-medium = Sub ce formă
asked-languages = În ce limbi
asked-territories = Unde
asked-audience = Pentru cine
asked-days = Cât timp
asked-days-value = { $form ->
    [one] o zi
    [few] { $count } zile
   *[other] { $count } de zile
}
asked-fee = Taxa
asked-fee-value = { $amount } heart
asked-money = Se câștigă bani cu asta?
asked-derived = Se face ceva nou din original?
asked-yes = da
asked-no = nu
asked-unsaid = nu se spune
asked-assets = Câte opere
asked-rules = Regulile proprietarului
asked-rules-allow = Permit acest lucru:
asked-others = Alții
asked-others-value = { $yes } din { $quorum } au spus da
asked-until = Până la
yes = Da
no = Nu

consent-title = Poate chioșcul să vă vadă și să vă asculte?
consent-seconds = Durata cât camera și microfonul sunt pornite, cel mult: { $number } s.
consent-gone = Nu se păstrează: imagini și sunet. Dispar când se oprește camera.
consent-kept = Se păstrează definitiv: semnătura și un raport semnat al măsurătorilor. Din el nu se poate face nicio imagine.
consent-shines = Ecranul își schimbă culoarea de două ori pe secundă, timp de cinci secunde.
consent-agree = Sunt de acord
consent-needs = Ceva îmi este greu

needs-title = Ce vă este greu?
needs-body = Nu vi se va cere. În schimb, veți avea mai mult de rostit.
needs-turn = Să întorc capul
needs-nod = Să ridic și să cobor bărbia
needs-come_closer = Să mă apropii
needs-mouth = Să deschid larg gura
needs-blink = Să clipesc la cerere
needs-light = Lumina care se schimbă
needs-one = Una dintre mișcări trebuie să fie posibilă: întorsul capului sau mișcarea bărbiei.
needs-other = Vă este greu să vorbiți, să vedeți sau să auziți? Atunci poate răspunde altcineva în locul dumneavoastră. Cereți acest lucru.
needs-done = Mai departe
needs-none = Înapoi

name-title = Cum să vă spunem?
name-label = Un nume pentru acest ecran
name-note = Rămâne pe acest chioșc.
name-go = Mai departe

enrol-title = Poate chioșcul să vă recunoască?
enrol-who = Numele dumneavoastră aici: { $name }.
enrol-look = Vă privește și vă ascultă de două ori. Durata fiecăreia, cel mult: { $number } s.
enrol-kept = Se păstrează: un șablon al feței și al vocii, încuiat de cipul acestui chioșc, și acordul semnat.
enrol-until = Șablonul rămâne până când este șters. Puteți cere ștergerea oricând.
enrol-gone = Nu se păstrează: imagini și sunet.

phone-title = Aveți telefonul la dumneavoastră?
phone-keeps = Cu telefon, cheia dumneavoastră rămâne în telefon. Fără el nu poate semna nimeni în numele dumneavoastră.
phone-else = Fără telefon, cheia rămâne la acest chioșc. Mulți dintre cei care verifică semnăturile nu acceptă acest lucru.
phone-yes = Da, cu telefonul
phone-no = Nu, fără telefon
invited-title = Citiți codul cu telefonul
invited-note = Deschideți Wetsign pe telefon și îndreptați camera lui spre ecran. Codul este valabil un minut și singur nu dă acces nimănui.
compare-title = Arată telefonul aceste cifre?
compare-note = Priviți ambele ecrane. Dacă cifrele diferă, cineva stă între ele.
compare-same = Aceleași
compare-other = Altele
paired-title = Telefonul este asociat
paired-body = Vă va întreba înainte de a semna ceva în numele dumneavoastră.

ready-title = Vă rugăm să priviți aici
ready-body = Camera se deschide.
ready-again = Încă o dată, pentru siguranță

look-face = Priviți în cameră
prompt-head_left = Întoarceți capul spre stânga
prompt-head_right = Întoarceți capul spre dreapta
prompt-head_up = Ridicați bărbia
prompt-head_down = Coborâți bărbia
prompt-head_closer = Apropiați-vă
prompt-mouth_open = Deschideți larg gura
prompt-smile = Zâmbiți
prompt-blink_twice = Închideți ochii de două ori
prompt-blink_thrice = Închideți ochii de trei ori
prompt-say = Rostiți cu voce tare
prompt-place = { $index } din { $total }
look-light = Priviți în cameră cât timp se schimbă culorile
preview-label = Imaginea dumneavoastră, ca în oglindă

advice-light = Mai multă lumină pe față, vă rugăm.
advice-face_light = Lumina este în spate. Vă rugăm să vă întoarceți.
advice-hold_still = Vă rugăm să stați nemișcat.
advice-come_closer = Vă rugăm să vă apropiați.
advice-look_here = Vă rugăm să priviți drept în cameră.
advice-one_face_only = O singură persoană, vă rugăm.
advice-speak_up = Vă rugăm să vorbiți mai tare.
advice-louder = Este gălăgie. Apropiați-vă și vorbiți mai tare.
advice-say_again = Vă rugăm să repetați, rar.
advice-quieter = Este prea multă gălăgie. Apropiați-vă sau așteptați să fie liniște.
advice-speak_softly = Vă rugăm să vorbiți mai încet.
advice-unmirror = Camera oglindește imaginea. Operatorul trebuie să oprească acest lucru.

work-title = Mulțumim. Vă puteți relaxa.
work-alive = E cineva aici, în viață?
work-match = Sunteți dumneavoastră?
work-attest = Cipul confirmă
work-proof = Dovada
work-device = Telefonul semnează
work-sign = Semnătura
work-log = Registrul public
work-now = în curs
work-later = urmează
declining-title = Se înregistrează refuzul

code-title = Arată telefonul acest cod?
code-yes = Același cod: semnați pe telefon.
code-no = Alt cod: nu semnați. Ieșiți.

done-title = Semnat. Vă mulțumim.
done-signature = Semnătura dumneavoastră
done-approval = Aprobarea
done-waiting = Mai trebuie ca și alții să spună da.
done-checks = { $form ->
    [one] O verificare trecută
    [few] Toate cele { $count } verificări trecute
   *[other] Toate cele { $count } de verificări trecute
}
done-log-pending = Va fi în registru când chioșcul pornește din nou.
done-qr = Un cod pătrat cu acest număr: { $id }
end = Gata

declined-title = Ați spus nu
declined-body = Refuzul este semnat și contează. Nimeni nu vă întreabă de ce.

enrolled-title = Sunteți înscris
enrolled-body = Chioșcul vă recunoaște de la următorul registru.

refused-no_consent = Nu v-ați dat acordul
refused-cancelled = Oprit
refused-too_late = Timpul a trecut
refused-quality = Nu v-am putut vedea sau auzi bine
refused-challenge = Nu a fost ce s-a cerut
refused-liveness = Nu am putut fi siguri că este cineva aici
refused-not_you = Fața sau vocea nu este cea înscrisă
refused-sensor = Camera sau microfonul nu funcționează
refused-element = Cipul a refuzat
refused-device = Telefonul nu a semnat
refused-internal = Chioșcul nu a putut termina

try-label = Ce puteți încerca
try-no_consent = Nimic. Este dreptul dumneavoastră.
try-cancelled = Începeți din nou când doriți.
try-too_late = Începeți din nou. Faceți fiecare lucru de îndată ce este arătat.
try-quality = Începeți din nou, cu lumină pe față și fără nimeni alături.
try-challenge = Începeți din nou. Faceți câte un lucru, rar și clar.
try-liveness = Scoateți ce vă acoperă fața. Începeți din nou la lumină uniformă.
try-not_you = Începeți din nou fără șapcă și ochelari. Rostiți literele cu vocea obișnuită.
try-sensor = Așteptați un minut și începeți din nou.
try-element = Nimic. Operatorul trebuie să verifice.
try-device = Țineți telefonul deblocat lângă dumneavoastră și începeți din nou.
try-internal = Nimic. Operatorul trebuie să verifice.
kept-label = Ce s-a înregistrat
kept-yes = Un rând semnat: s-a încheiat fără semnătură. Nicio imagine, niciun sunet.
kept-no = Nimic.
ask-label = Pe cine întrebați
ask-operator = Pe operatorul acestui chioșc. Poate răspunde altcineva în locul dumneavoastră.
nothing-signed = Nu s-a semnat nimic.
again = Începeți din nou

lost-title = Chioșcul nu răspunde
lost-body = Ce nu ați văzut semnat poate să nu fie semnat. Întrebați operatorul.
