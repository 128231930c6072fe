"""What servers answer, in many languages, and what is to be done about it. Nothing here has a status to go by."""

from __future__ import annotations

NOBODY = """
Boîte inexistante
l’utilisateur lea n’est pas connu sur ce serveur
Cette adresse n’est plus valide
Compte fermé
L’utilisateur lea.martin ne figure pas dans l’annuaire Domino
Destinataire inconnu ou boite aux lettres desactivee
Lea ne travaille plus chez nous
Aucun compte à ce nom
Lea Martin a quitté l’association
Der Empfänger ist unbekannt
Empfänger existiert hier nicht
Das E-Mail-Konto ist nicht in der Organisation vorhanden
Adressat unbekannt oder Mailbox deaktiviert
Casella di posta inesistente
L’account di posta elettronica non esiste
Destinatario errato
El buzón no existe
La dirección de correo no existe
Usuário desconhecido
A conta não existe
Mailbox bestaat niet
Konto nie istnieje
Użytkownik nieznany
Okänd mottagare
Пользователь не существует
Такого пользователя нет
あて先のユーザが見つかりません
收件人邮件地址不存在
존재하지 않는 사용자입니다
account deleted
Sorry, that user is not registered
This account has been terminated
the recipient does not belong to this server
address is no longer in use
The person has left the company
Invalid e-mail address
ADDRESS_NOT_FOUND
Recipient cannot be found
mailbox for lea is not defined here
no such email address
illegal user
No mailbox was found for this address.
no route found to domain
not our user; forwarding is off
The recipient lea has never existed
Nobody uses that address any longer
lea: that recipient is not allowed
this user no longer works here
Aucune boîte aux lettres ne correspond à cette adresse
Ce destinataire a quitté la société
Le destinataire n’a jamais existé sur ce domaine
L’adresse électronique du destinataire a changé
Dieser Nutzer ist uns nicht bekannt
Unter dieser Adresse gibt es kein Postfach
L'indirizzo del destinatario non è stato trovato
Questo utente non fa più parte della nostra azienda
No existe ningún usuario con ese nombre
El destinatario ya no trabaja con nosotros
Não existe tal usuário
Este usuário foi excluído
Deze persoon werkt hier niet meer
Nieznany odbiorca
Adressen finns inte
Ukendt modtager
Tuntematon vastaanottaja
Uživatel neexistuje
Nincs ilyen felhasználó
Utilizatorul nu există
Böyle bir kullanıcı yok
Korisnik ne postoji
Этот пользователь больше не работает у нас
Користувача не знайдено: скринька не існує
Άγνωστος παραλήπτης
المستخدم غير موجود
המשתמש לא קיים
收件人地址无效
指定されたメールアドレスは存在しません
받는 사람의 메일 주소를 찾을 수 없습니다
account administratively closed
no users of that name here
This mailbox is not available on our system
The domain does not have any mail exchanger
Please check the recipient's e-mail address
lea's email has changed
not an account that is recognised: not a recognised email account
the address has a non-existent domain
no mail hosts for the domain
Người nhận không tồn tại
Penerima tidak ditemukan
L’adreça del destinatari no existeix
Прималац не постоји
Получателят не съществува
لم يتم العثور على عنوان البريد
Vi fant ikke adressen
该用户未开通邮箱
""".strip().split("\n")

LATER = """
mailbox temporarily unavailable, too many messages stored
This mailbox has been blocked due to inactivity
user lea is temporarily blocked
recipient thread limit exceeded
Recipient unknown for now: greylisting in action
The recipient has disabled incoming mail
Recipient doesn't want your mail
error writing message: File too large
trouble in home directory
La boîte de réception du destinataire est saturée
La boîte du destinataire contient trop de messages
Im Postfach liegen zu viele Nachrichten
La messagerie de votre correspondant n’a plus de place
Ce compte de messagerie est temporairement désactivé
Das Postfach des Empfängers ist überfüllt
Das Postfach wurde gesperrt
La casella del destinatario è piena
El buzón del destinatario está lleno
A caixa de correio do destinatário está cheia
Postvak van de ontvanger is vol
Skrzynka odbiorcy jest przepełniona
Mottagarens postlåda är full
Vastaanottajan postilaatikko on täynnä
Schránka příjemce je plná
A címzett postafiókja megtelt
Căsuța poștală este plină
Alıcının posta kutusu dolu
Почтовый ящик получателя переполнен
Почтовый ящик заблокирован
收件人邮箱已满
该帐号已被禁用
メールボックスがいっぱいです
받는 사람의 사서함이 가득 찼습니다
Recipient unverified: verification in progress
user unknown or mailbox full
RCP-T4 Recipient account is unavailable
Hộp thư của người nhận đã đầy
Kotak masuk penerima penuh
La bústia és plena
对方邮箱空间不够
Tidak ada ruang di kotak masuk penerima
Kotak surat penerima tidak memiliki ruang
Hộp thư của người nhận không có đủ dung lượng
메일함이 너무 큽니다
该用户未开通SMTP服务
""".strip().split("\n")

OURS = """
Service unavailable. Access denied, traffic not accepted from this IP
Connection refused due to abuse
Domain has received too many bounces
because host 192.0.2.1 is listed on a list
SPF MAIL FROM check failed
Sender address b@agora.example is not valid
Adresse de l’expéditeur inconnue
Ihre IP-Adresse existiert nicht im DNS (PTR)
Dirección IP no encontrada en DNS inverso
your domain does not exist
Mittente sconosciuto
Сообщение отклонено как спам
Message has no Date header
rejecting password protected file attachment
you are trying to use this host as relay
Sending rate too high
DT:SPM 163 mx12
MI:IMF 163 mx35
RP:QRC 126 mx7
Sender email is not in my domain
Sender has no A, AAAA, or MX DNS records
Fake sender
Sorry, no access for this ip
remote ip is forbidden
Connections from your country are not allowed
Your provider is not trusted by this site
We do not want mail from hosts like yours
message contains too many links
Émetteur non autorisé
Votre adresse IP figure sur une liste de blocage
Message rejeté : contenu interdit
Nous n’acceptons pas les messages en provenance de votre fournisseur
Absender nicht autorisiert
Ihre IP-Adresse wurde blockiert
Nachricht wegen Spamverdacht abgewiesen
Mittente non autorizzato
Messaggio rifiutato perché ritenuto spam
Remitente no autorizado
Su dirección IP está bloqueada
Mensagem rejeitada como spam
Bericht geweigerd: spam
Wiadomość odrzucona jako spam
Сообщение отклонено по подозрению в спаме
Ваш IP-адрес находится в чёрном списке
您的IP被列入黑名单
邮件被识别为垃圾邮件
迷惑メールと判定されました
This server does not accept mails from this sender
Postmaster verification failed: no such user
Blocked by a filter rule of this provider
Your message has been quarantined
Message classified as bulk
Listed in multi.surbl.example
An attachment is unacceptable
Sending is allowed only with authentication
Too many unknown addresses from this host
Wiadomość jest zbyt duża
Meddelandet är för stort
Správa je príliš veľká
Le message est trop lourd
Az üzenet túl nagy
Mesajul este prea mare
Viesti on liian suuri
İleti çok büyük
Poruka je prevelika
Сообщение слишком велико
Το μήνυμα είναι πολύ μεγάλο
メッセージが大きすぎます
邮件过大
메시지가 너무 큽니다
الرسالة كبيرة جدا
ההודעה גדולה מדי
Thư quá lớn
Pesan terlalu besar
El missatge és massa gran
Alamat pengirim tidak valid
Alamat IP Anda tidak dikenal
Địa chỉ người gửi không tồn tại
Địa chỉ IP không hợp lệ
عنوان المرسل غير صالح
عنوان IP غير معروف
כתובת השולח לא קיימת
L'adreça del remitent no existeix
Адреса пошиљаоца не постоји
Непозната IP адреса
Адресът на подателя не съществува
IP адресът е непознат
Adresa pošiljatelja ne postoji
Sūtītāja adrese neeksistē
Avsändarens e-postadress finns inte
Avsenderens e-postadresse finnes ikke
A feladó címe nem létezik
寄件者地址查無
""".strip().split("\n")

ANSWERS = [(verdict, one) for verdict, all_ in (("remove", NOBODY), ("keep", LATER), ("ours", OURS)) for one in all_]

TOO_MANY = """
Too many messages from your host, slow down
Vous envoyez trop de courriels, patientez
Messages trop nombreux : réessayez plus tard
Sie senden zu viele E-Mails
Zu viele gleichzeitige Verbindungen
Troppi messaggi inviati in poco tempo
Demasiados mensajes enviados, inténtelo más tarde
Ha enviado demasiados correos electrónicos
Demasiadas conexiones
Mensagens demais enviadas por hora
Muitas mensagens em pouco tempo
Te veel berichten verzonden
Zbyt wiele wiadomości w krótkim czasie
Za dużo połączeń
För många meddelanden
For mange meldinger på kort tid
For mange beskeder
Liian monta viestiä lyhyessä ajassa
Příliš mnoho zpráv
Príliš veľa správ
Túl sok üzenet rövid idő alatt
Prea multe mesaje trimise
Çok fazla ileti gönderildi
Çok sayıda bağlantı
Previše poruka u kratkom vremenu
Preveč sporočil
Per daug laiškų
Pārāk daudz ziņojumu
Слишком много сообщений
Превышено число сообщений за час
Количество писем превышает допустимое
Забагато повідомлень за короткий час
Перевищено кількість листів
Твърде много съобщения
Πάρα πολλά μηνύματα
رسائل كثيرة جدا
יותר מדי הודעות
メッセージ数が上限を超過しました
メールの件数が上限を超えています
邮件发送过于频繁
发送的邮件太多
메시지가 너무 많습니다
Massa missatges en poc temps
Превише порука
Quá nhiều thư trong thời gian ngắn
Terlalu banyak pesan
""".strip().split("\n")

TOO_LARGE = """
Le message est trop volumineux
Die Nachricht ist zu groß
Il messaggio è troppo grande
El mensaje es demasiado grande
A mensagem é grande demais
Het bericht is te groot
Wiadomość jest za duża
Meddelandet är för stort
Meldingen er for stor
Zpráva je příliš velká
Správa je príliš veľká
Az üzenet túl nagy
Mesajul este prea mare
İleti çok fazla büyük
Poruka je previše velika
Sporočilo je preveliko
Сообщение слишком большое
Размер сообщения превышает допустимый
Повідомлення завелике
Съобщението е твърде голямо
メッセージのサイズが上限を超過しています
邮件过大
메시지가 너무 큽니다
Thư quá lớn
Pesan terlalu besar
""".strip().split("\n")

AWAY = """
Odpowiedź automatyczna: L'Echo
Automatická odpověď: L'Echo
Autosvar: L'Echo
Automaattinen vastaus: L'Echo
Automatikus válasz: L'Echo
Răspuns automat: L'Echo
Otomatik yanıt: L'Echo
Автоматический ответ: L'Echo
Автоматична відповідь: L'Echo
自动答复: L'Echo
자동 회신: L'Echo
Αυτόματη απάντηση: L'Echo
Accusé de réception : L'Echo
[Demande d'authentification] L'Echo
Frånvaro: L'Echo
Ikke til stede: L'Echo
Poissa: L'Echo
Nieobecność: L'Echo
Házon kívül: L'Echo
Mimo kancelář: L'Echo
Меня нет в офисе: L'Echo
休暇中です
Resposta automàtica: L'Echo
Automatski odgovor: L'Echo
رد تلقائي: L'Echo
מענה אוטומטי: L'Echo
Trả lời tự động: L'Echo
Balasan otomatis: L'Echo
Automaatvastus: L'Echo
""".strip().split("\n")
"""Subjects of automatic answers."""

NOT_DELIVERED = """
Non recapitabile: L'Echo|Impossibile trovare l’indirizzo di posta elettronica immesso.
Não é possível entregar: L'Echo|O endereço de email que você digitou não pôde ser encontrado.
Onbestelbaar: L'Echo|Het e-mailadres dat u hebt ingevoerd is niet gevonden.
Kan ikke leveres: L'Echo|Den e-mail-adresse, du angav, blev ikke fundet.
Niedostarczone: L'Echo|Nie znaleziono wprowadzonego adresu e-mail.
Nedoručitelné: L'Echo|Zadaná e-mailová adresa nebyla nalezena.
Kézbesíthetetlen: L'Echo|A megadott e-mail cím nem található.
Teslim Edilemedi: L'Echo|Girdiğiniz e-posta adresi bulunamadı.
Не удается доставить: L'Echo|Не удается найти указанный адрес электронной почты.
配信不能: L'Echo|入力した電子メール アドレスが見つかりませんでした。
未送达: L'Echo|找不到您输入的电子邮件地址。
배달되지 않음: L'Echo|입력한 전자 메일 주소를 찾을 수 없습니다.
Kan inte levereras: L'Echo|E-postadressen finns inte.
Nem kézbesíthető: L'Echo|A címzett ismeretlen.
İletilemedi: L'Echo|Alıcı bulunamadı.
Недоставено: L'Echo|Адресът не съществува.
Није испоручено: L'Echo|Корисник није пронађен.
تعذر التسليم: L'Echo|هذا المستخدم غير موجود.
לא ניתן למסור: L'Echo|הכתובת לא קיימת.
Không thể gửi: L'Echo|Không tìm thấy địa chỉ.
Pesan tidak terkirim: L'Echo|Alamat tidak ditemukan.
No s'ha pogut lliurar: L'Echo|L'adreça no existeix.
""".strip().split("\n")
"""Subject and words of reports without fields, nobody being there."""
