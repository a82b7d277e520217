#include "soon.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QTimer>

namespace perceiver::ui::test {

bool soon(const std::function<bool()>& holds, int patience) {
    constexpr int look = 20;  // ms: for what comes without an event
    QTimer tick;
    tick.start(look);
    for (const QDeadlineTimer end(patience); !holds() && !end.hasExpired();) {
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    }
    return holds();
}

}  // namespace perceiver::ui::test
